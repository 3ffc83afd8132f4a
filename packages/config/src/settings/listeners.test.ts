import { formatIssue } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { parseSettings } from './parse.ts';

function issuesOf(environment: NodeJS.ProcessEnv): string[] {
  const parsed = parseSettings(environment);
  return parsed.ok ? [] : parsed.issues.map(formatIssue);
}

it.each([
  [{ HTTP_LISTEN: ':8443' }, 'the TLS port'],
  [{ HTTP_LISTEN: '[::]:3128' }, 'CONNECT_LISTEN'],
  [{ HTTP_LISTEN: ':8080', REDIRECT_LISTEN: ':8080' }, 'REDIRECT_LISTEN'],
  [{ HTTP_LISTEN: ':8081' }, 'HEALTH_LISTEN'],
  [{ HTTP_LISTEN: '127.0.0.1:5001' }, 'EGRESS_PORT'],
])('%j is refused, since another listener has the port', (environment, owner) => {
  expect(issuesOf(environment)).toEqual([
    `HTTP_LISTEN: found ${environment.HTTP_LISTEN}, which is the port of ${owner} too; accepted: an address with a port of its own`,
  ]);
});

it('a port that no other listener uses is accepted', () => {
  expect(issuesOf({})).toEqual([]);
  expect(issuesOf({ HTTP_LISTEN: ':5000', REDIRECT_LISTEN: ':8080' })).toEqual([]);
  expect(issuesOf({ HTTP_LISTEN: ':3128', CONNECT_PROXY: 'off' })).toEqual([]);
});
