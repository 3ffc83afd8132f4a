import { Secret, unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { upstreamsOf } from '../testing/upstreams.ts';
import { buildConnectProxy, listProxyNames } from './connect.ts';

function build(registries: string[], ...keys: string[]) {
  const authority = { certificatePem: '', chainPem: '', keyPem: new Secret('') };
  return buildConnectProxy(authority, registries, unwrap(upstreamsOf(keys)));
}

it('answers for what is served, by the names that clients connect to', () => {
  const proxy = build([], 'docker.io', 'quay.io/a', 'quay.io/b', 'reg.test:5000');
  expect(Object.fromEntries(proxy.targets)).toEqual({
    'registry-1.docker.io:443': 'docker.io',
    'quay.io:443': 'quay.io',
    'reg.test:5000': 'reg.test:5000',
  });
  expect(listProxyNames(proxy)).toEqual(['quay.io', 'reg.test', 'registry-1.docker.io']);
});

it('leaves out what REGISTRIES does not name', () => {
  const { targets } = build(['index.docker.io'], 'docker.io', 'quay.io');
  expect([...targets.values()]).toEqual(['docker.io']);
});
