import { unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { upstreamsOf } from '../testing/upstreams.ts';
import { listProxyNames, listProxyTargets } from './connect.ts';

const list = (registries: string[], ...keys: string[]) =>
  listProxyTargets(registries, unwrap(upstreamsOf(keys)));

it('answers for all served registries, by the names that clients connect to', () => {
  const targets = list([], 'docker.io', 'quay.io/a', 'quay.io/b', 'reg.test:5000');
  expect(Object.fromEntries(targets)).toEqual({
    'registry-1.docker.io:443': 'docker.io',
    'index.docker.io:443': 'docker.io',
    'quay.io:443': 'quay.io',
    'reg.test:5000': 'reg.test:5000',
  });
  expect(listProxyNames(targets)).toEqual([
    'index.docker.io',
    'quay.io',
    'reg.test',
    'registry-1.docker.io',
  ]);
});

it('leaves out registries that REGISTRIES does not name', () => {
  const targets = list(['index.docker.io'], 'docker.io', 'quay.io');
  expect([...new Set(targets.values())]).toEqual(['docker.io']);
});
