import { unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parseUpstreamKey } from './key.ts';
import { parsePullSecret } from './parse.ts';
import { findWildcard } from './wildcard.ts';

/** The one of these keys that has the credentials for a registry. */
function find(keys: readonly string[], registry: string): string | undefined {
  const auths = Object.fromEntries(keys.map((key) => [key, { auth: 'dTpw' }]));
  const { wildcards, upstreams, leftOut } = unwrap(
    parsePullSecret('ps', JSON.stringify({ auths }), []),
  );
  expect([upstreams, leftOut]).toEqual([[], []]);
  return findWildcard(wildcards, unwrap(parseUpstreamKey('', registry)))?.rawKey;
}

describe('findWildcard', () => {
  it.each([
    ['*.example.com', 'eu.example.com', true],
    ['*.example.com', 'a.eu.example.com', false],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'eu.example.com:5000', false],
    ['*.example.com:5000', 'eu.example.com:5000', true],
    ['*.example.com:443', 'eu.example.com', true],
    ['https://*.Example.com/v2/', 'eu.example.com', true],
    ['eu-*.example.com', 'eu-west.example.com', true],
    ['*.example.com', 'evil-example.com', false],
    ['*.example.com', 'xexample.com', false],
    ['*.dkr.ecr.*.amazonaws.com', '123.dkr.ecr.eu-west-1.amazonaws.com', true],
    ['https://*.jfrog.io/artifactory/docker', 'x.jfrog.io/docker', true],
    ['*.example.com/team', 'eu.example.com', false],
    ['*.example.com/team', 'eu.example.com/team', true],
    ['*.example.com/team', 'eu.example.com/team/app', true],
    ['*.example.com/team', 'eu.example.com/teams', false],
  ])('%s has the credentials of %s: %s', (key, registry, isFound) => {
    expect(find([key], registry)).toBe(isFound ? key : undefined);
  });

  it('takes the longest wildcard', () => {
    const keys = ['*.example.com', '*.eu.example.com', 'r*.eu.example.com', '*.*.example.com'];
    expect(find(keys, 'reg.eu.example.com')).toBe('r*.eu.example.com');
    expect(find(['*.example.com', '*.example.com/team'], 'eu.example.com/team')).toBe(
      '*.example.com/team',
    );
  });
});
