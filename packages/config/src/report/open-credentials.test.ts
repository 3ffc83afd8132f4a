import { Secret, unwrap } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { expect, test } from 'vitest';
import type { OnDemandKey } from '../on-demand/keys.ts';
import type { UpstreamCredential } from '../pull-secret/credential.ts';
import type { HostLogin } from '../settings/auth-registries.ts';
import { parseSettings } from '../settings/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { reportOpenCredentials } from './open-credentials.ts';

const LOGIN: UpstreamCredential = {
  kind: 'basic',
  username: 'robot',
  password: new Secret('s3cret'),
};

/** The warnings where these registries have credentials. */
function warnings(
  withLogin: readonly string[],
  htpasswd?: string,
  hostLogins: readonly HostLogin[] = [],
  onDemandKeys: readonly OnDemandKey[] = [],
  isOffline = false,
): unknown[] {
  const upstreams = unwrap(upstreamsOf(['docker.io', 'ghcr.io', 'quay.io'])).map((upstream) => ({
    ...upstream,
    credential: withLogin.includes(upstream.key) ? LOGIN : undefined,
  }));
  const warned: unknown[] = [];
  const log = { warn: (fields: { upstreams: unknown }) => warned.push(fields.upstreams) };
  const settings = unwrap(parseSettings({ OFFLINE: String(isOffline) }));
  const model = { upstreams, hostLogins, htpasswd, issuers: [], settings, onDemandKeys };
  reportOpenCredentials(model, log as unknown as Logger);
  return warned;
}

test('credentials without a login lead to one warning with the names of the registries', () => {
  expect(warnings(['ghcr.io', 'quay.io'])).toEqual([['ghcr.io', 'quay.io']]);
});

test('a login of a token service counts for the registries of its domain', () => {
  const login = { host: 'auth.docker.io', username: 'ann', password: new Secret('s3cret') };
  expect(warnings([], undefined, [login])).toEqual([['docker.io']]);
});

test('anonymous registries, or a login, lead to no warning', () => {
  expect(warnings([])).toEqual([]);
  expect(warnings(['quay.io'], 'alice:$2y$10$x')).toEqual([]);
});

test('keys with a star that have a login are named too, unless no registry can be added', () => {
  const keys: OnDemandKey[] = [{ host: '*.example.com', login: 'basic' }, { host: '*.test.io' }];
  expect(warnings([], undefined, [], keys)).toEqual([['*.example.com']]);
  expect(warnings([], undefined, [], keys, true)).toEqual([]);
});
