import { unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { upstreamsOf } from '../testing/upstreams.ts';
import { listHostNames } from './host-names.ts';

function list(keys: string[], { policy = '', ownNames = [] as string[] } = {}) {
  return Object.fromEntries(listHostNames(unwrap(upstreamsOf(keys, policy)), ownNames));
}

describe('listHostNames', () => {
  it('gives a registry its own name, a name of one label, and its aliases', () => {
    const policy = 'upstreams: {quay.io/org: {aliases: [quay]}}';
    expect(list(['quay.io/org'], { policy })).toEqual({
      'quay.io': 'quay.io',
      'quay-io': 'quay.io',
      quay: 'quay',
    });
  });

  it('puts a port where a host can have it', () => {
    expect(list(['reg.test:5000'])).toEqual({
      'reg.test_5000': 'reg.test_5000',
      'reg.test-5000': 'reg.test:5000',
      'reg-test-5000': 'reg.test:5000',
    });
  });

  it('serves docker.io by all of its names', () => {
    expect(list(['docker.io'])).toMatchObject({
      'docker.io': 'docker.io',
      'registry-1.docker.io': 'registry-1.docker.io',
      'docker-io': 'docker.io',
    });
  });

  it('gives an ambiguous name to no registry, and a whole name to its registry', () => {
    const names = list(['a-b.test', 'a.b.test', 'a-b-test']);
    expect(names).toEqual({
      'a-b.test': 'a-b.test',
      'a.b.test': 'a.b.test',
      'a-b-test': 'a-b-test',
    });
    expect(list(['a-b.test', 'a.b.test'])).not.toHaveProperty('a-b-test');
  });

  it('never takes an address, or a name of the cache, for a registry', () => {
    const policy = 'upstreams: {quay.io: {aliases: ["10", quay]}}';
    const names = (...ownNames: string[]) => list(['quay.io'], { policy, ownNames });
    expect(names()).not.toHaveProperty('10');
    expect(names('cache.test')).toHaveProperty('quay');
    expect(names('quay.test')).not.toHaveProperty('quay');
    // These are names of a registry, below a name of the cache.
    expect(names('quay.cache.test', 'cache.test')).toHaveProperty('quay');
    expect(names('quay.cache.test', '*.cache.test')).toHaveProperty('quay');
    expect(names('quay.io.cache.test')).toHaveProperty(['quay.io']);
  });
});
