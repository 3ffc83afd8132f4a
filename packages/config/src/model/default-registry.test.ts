import { unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { upstreamsOf } from '../testing/upstreams.ts';
import { chooseDefaultRegistry } from './default-registry.ts';

function choose(setting: string, ...keys: string[]) {
  return chooseDefaultRegistry(setting, unwrap(upstreamsOf(keys)));
}

describe('chooseDefaultRegistry', () => {
  it.each([
    ['docker.io where it is served', '', ['https://index.docker.io/v1/', 'quay.io'], 'docker.io'],
    ['the only registry', '', ['reg.example.com:5000'], 'reg.example.com:5000'],
    ['the only registry, by several namespaces', '', ['quay.io/a', 'quay.io/b'], 'quay.io'],
    ['no registry of several', '', ['quay.io', 'ghcr.io'], undefined],
    ['no registry', 'none', ['docker.io'], undefined],
    ['a key', 'quay.io', ['quay.io', 'docker.io'], 'quay.io'],
    ['the registry of a key', 'quay.io/a', ['quay.io/a', 'docker.io'], 'quay.io'],
    ['a key in another form', 'registry-1.docker.io', ['docker.io', 'quay.io'], 'docker.io'],
  ])('is %s', (_, setting, keys, host) => {
    expect(choose(setting, ...keys)).toEqual({ ok: true, value: host });
  });

  it.each(['ghcr.io', 'quay.io/other', '-'])(
    'refuses %s, and names the known registries',
    (setting) => {
      const chosen = choose(setting, 'quay.io', 'docker.io');
      expect(chosen.ok ? [] : chosen.issues).toEqual([
        {
          path: 'DEFAULT_REGISTRY',
          found: `"${setting}"`,
          accepted: 'none, or a registry of the pull secret: docker.io, quay.io',
        },
      ]);
    },
  );
});
