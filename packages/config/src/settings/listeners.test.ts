import { formatIssue } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { parseSettings } from './parse.ts';

function issuesOf(environment: NodeJS.ProcessEnv): string[] {
  const parsed = parseSettings(environment);
  return parsed.ok ? [] : parsed.issues.map(formatIssue);
}

it.each<[string, string, string, Record<string, string>?]>([
  ['HTTP_LISTEN', ':8443', 'the TLS port'],
  ['HTTP_LISTEN', '[::]:3128', 'CONNECT_LISTEN'],
  ['HTTP_LISTEN', ':8080', 'REDIRECT_LISTEN', { REDIRECT_LISTEN: ':8080' }],
  ['HTTP_LISTEN', ':8081', 'HEALTH_LISTEN'],
  ['HTTP_LISTEN', '127.0.0.1:5001', 'EGRESS_PORT'],
  ['REDIRECT_LISTEN', '10.0.0.5:8443', 'the TLS port'],
  ['REDIRECT_LISTEN', '*:3128', 'CONNECT_LISTEN'],
  ['REDIRECT_LISTEN', ':8081', 'HEALTH_LISTEN'],
  ['CONNECT_LISTEN', ':8443', 'the TLS port', { CONNECT_PROXY: 'on' }],
  ['CONNECT_LISTEN', ':8081', 'HEALTH_LISTEN'],
  ['CONNECT_LISTEN', '0.0.0.0:5001', 'EGRESS_PORT'],
  ['HEALTH_LISTEN', ':8443', 'the TLS port'],
  ['HEALTH_LISTEN', '127.0.0.1:7000', 'EGRESS_PORT', { EGRESS_PORT: '7000' }],
])('%s=%s is refused, since it is the port of %s', (name, value, owner, others = {}) => {
  expect(issuesOf({ ...others, [name]: value })).toEqual([
    `${name}: found ${value}, which is the port of ${owner} too; accepted: an address with a port of its own`,
  ]);
});

it('the port of egress is refused where the TLS port has it', () => {
  expect(issuesOf({ EGRESS_PORT: '8443' })).toEqual([
    'EGRESS_PORT: found 8443, which is the port of the TLS port too; accepted: a port of its own',
  ]);
});

it('a port that no other listener uses is accepted', () => {
  expect(issuesOf({})).toEqual([]);
  expect(issuesOf({ HTTP_LISTEN: ':5000', REDIRECT_LISTEN: ':8080' })).toEqual([]);
  expect(issuesOf({ HTTP_LISTEN: ':3128', CONNECT_PROXY: 'off' })).toEqual([]);
});

it('one port on two addresses is accepted', () => {
  expect(issuesOf({ HTTP_LISTEN: '10.0.0.5:8081' })).toEqual([]);
  expect(issuesOf({ REDIRECT_LISTEN: '10.0.0.6:80', HTTP_LISTEN: '10.0.0.5:80' })).toEqual([]);
});
