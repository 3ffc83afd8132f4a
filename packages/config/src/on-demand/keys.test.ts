import { unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parseUpstreamKey } from '../pull-secret/key.ts';
import { parsePullSecret } from '../pull-secret/parse.ts';
import { findLimit, listOnDemandKeys, loginOnDemand } from './keys.ts';

const LOGIN = { auth: 'dTpw' };

function globsIn(auths: object) {
  return unwrap(parsePullSecret('ps', JSON.stringify({ auths }), []));
}

describe('listOnDemandKeys', () => {
  it('takes keys with a star in the forms of docker and podman, with and without a login', () => {
    const auths = {
      '*.example.com': LOGIN,
      'https://*.example.net:5000/v2/': { username: 'u', password: 'p' },
      '*.token.example.org': { identitytoken: 't' },
      '*.dkr.ecr.*.amazonaws.com': {},
      '*.io': {},
      '*.null.test': null,
      'quay.io': LOGIN,
    };
    expect(listOnDemandKeys(globsIn(auths), [])).toEqual([
      { host: '*.example.com', login: 'basic' },
      { host: '*.example.net:5000', login: 'basic' },
      { host: '*.token.example.org', login: 'identity-token' },
      { host: '*.dkr.ecr.*.amazonaws.com' },
      { host: '*.io' },
      { host: '*.null.test' },
    ]);
  });

  it('has each host once, by the policy before the pull secret', () => {
    const globs = globsIn({
      '*.azurecr.io': LOGIN,
      '*.example.com': {},
      'https://*.example.com': LOGIN,
    });
    const azure = { host: '*.azurecr.io', namespace: '', cloud: 'azure' } as const;
    expect(listOnDemandKeys(globs, [azure, { ...azure, namespace: 'team' }])).toEqual([
      { host: '*.azurecr.io', cloud: 'azure', login: 'cloud' },
      { host: '*.example.com', login: 'basic' },
    ]);
  });
});

describe('findLimit', () => {
  it.each([
    ['*.example.com', true, ''],
    ['*.example.co.uk', true, ''],
    ['r*.eu.example.com', true, ''],
    ['*.dkr.ecr.*.amazonaws.com', true, ''],
    ['*.azurecr.io', true, ''],
    ['*.io', false, ''],
    ['*.io', true, 'of anybody'],
    ['*.co.uk', true, 'of anybody'],
    ['*example.com', true, 'of anybody'],
    ['example.*', true, 'of anybody'],
    ['a.example.*', true, 'of anybody'],
    ['*.*.com', true, 'of anybody'],
    ['*.github.io', true, 'of anybody'],
    ['10.0.0.*', true, 'of anybody'],
    ['*.example.com/team', true, 'a path'],
    ['*.example.com/team', false, 'a path'],
    ['*', false, 'a dot'],
    ['reg*:5000', false, 'a dot'],
  ])('of %s, with a login %s, is %j', (key, hasLogin, limit) => {
    const { wildcards, anonymousGlobs } = globsIn({ [key]: hasLogin ? LOGIN : {} });
    const [glob] = [...wildcards, ...anonymousGlobs];
    expect(glob && (findLimit(glob, hasLogin) ?? '')).toEqual(
      limit === '' ? '' : expect.stringContaining(limit),
    );
  });
});

describe('loginOnDemand', () => {
  it.each([
    ['*.example.com', 'eu.example.com', true],
    ['*.example.com:5000', 'eu.example.com:5000', true],
    ['*.example.com', 'a.eu.example.com', false],
    ['*.example.com', 'eu.example.com:5000', false],
    ['*.io', 'evil.io', false],
    ['*.dkr.ecr.*.amazonaws.com', '1.dkr.ecr.eu-west-1.amazonaws.com', true],
    ['*.*.amazonaws.com', 'api.ecr.amazonaws.com', true],
    ['*.*.amazonaws.com', 'bucket.s3.amazonaws.com', false],
    ['*.*.github.io', 'a.evil.github.io', false],
  ])('the login of %s goes to %s: %s', (key, registry, isGiven) => {
    const name = unwrap(parseUpstreamKey('', registry));
    const login = loginOnDemand(globsIn({ [key]: LOGIN }).wildcards, name);
    expect(login !== undefined).toBe(isGiven);
  });
});
