import { unwrap } from '@registry-cache/domain';
import { beforeAll, describe, expect, it } from 'vitest';
import { createServerCertificate } from '../certificate/create-server.ts';
import { listHostNames } from '../model/host-names.ts';
import { parseSettings } from '../settings/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { listReferenceNames } from './reference-names.ts';
import { resolveReference } from './resolve-reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OWN_NAMES = ['cache.test', '*.cache.test', 'localhost', '10.0.0.9', '::1'];
let certificate: string;

beforeAll(async () => {
  certificate = await createServerCertificate(OWN_NAMES, new Date());
});

interface Given {
  readonly keys?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly defaultRegistry?: string | undefined;
}

function resolve(text: string, given: Given = {}) {
  const { keys = ['docker.io', 'quay.io', 'reg.test:5000', 'ghcr.io/org', '[fd00::10]:5000'] } =
    given;
  const policy = keys.includes('docker.io') ? 'upstreams: {docker.io: {aliases: [hub]}}' : '';
  const upstreams = unwrap(upstreamsOf(keys, policy));
  const names = listReferenceNames({
    upstreams,
    certificate,
    hosted: undefined,
    onDemandKeys: [],
    hostNames: listHostNames(upstreams, OWN_NAMES),
    settings: unwrap(parseSettings(given.environment ?? {})),
    defaultRegistry: 'defaultRegistry' in given ? given.defaultRegistry : 'docker.io',
  });
  return resolveReference('REF', text, names);
}

function nameOf(text: string, given?: Given): string {
  const { upstream, isOnDemand, registry, repository, reference } = unwrap(resolve(text, given));
  const by = upstream?.key ?? (isOnDemand ? 'on demand' : 'nobody');
  return `${registry}/${repository} ${reference.slice(0, 12)} by ${by}`;
}

describe('a reference', () => {
  it.each([
    ['redis', 'docker.io/library/redis latest by docker.io'],
    ['redis:7', 'docker.io/library/redis 7 by docker.io'],
    [`redis:7@${DIGEST}`, 'docker.io/library/redis sha256:aaaaa by docker.io'],
    ['bitnami/redis', 'docker.io/bitnami/redis latest by docker.io'],
    ['docker.io/redis', 'docker.io/library/redis latest by docker.io'],
    ['index.docker.io/library/redis', 'docker.io/library/redis latest by docker.io'],
    ['docker://registry-1.docker.io/redis', 'docker.io/library/redis latest by docker.io'],
    ['hub/redis:7', 'docker.io/library/redis 7 by docker.io'],
    ['Quay.IO/a/b:V1', 'quay.io/a/b V1 by quay.io'],
    [`quay.io/a/b@${DIGEST}`, 'quay.io/a/b sha256:aaaaa by quay.io'],
    ['reg.test:5000/app', 'reg.test:5000/app latest by reg.test:5000'],
    ['reg.test_5000/app', 'reg.test:5000/app latest by reg.test:5000'],
    ['[fd00::10]:5000/app:1', '[fd00::10]:5000/app 1 by [fd00::10]:5000'],
    ['ghcr.io/org/app', 'ghcr.io/org/app latest by ghcr.io/org'],
    ['ghcr.io/other/app', 'ghcr.io/other/app latest by nobody'],
    ['gcr.io:443/app', 'gcr.io/app latest by nobody'],
    ['localhost:5000/app', 'docker.io/library/app latest by docker.io'],
  ])('%s is %s', (text, name) => {
    expect(nameOf(text)).toBe(name);
  });

  it.each([
    ['cache.test:8443/quay.io/a/b', 'quay.io/a/b latest by quay.io'],
    ['https://cache.test/hub/redis:7', 'docker.io/library/redis 7 by docker.io'],
    ['cache.test:8443/redis', 'docker.io/library/redis latest by docker.io'],
    ['cache.test:8443/a/b', 'docker.io/a/b latest by docker.io'],
    ['cache.test/gcr.io/a/b', 'gcr.io/a/b latest by nobody'],
    ['10.0.0.9:8443/quay.io/a', 'quay.io/a latest by quay.io'],
    ['[::1]:8443/quay.io/a', 'quay.io/a latest by quay.io'],
    ['other.test:8443/quay.io/a', 'quay.io/a latest by quay.io'],
    ['quay.io.cache.test:8443/a/b', 'quay.io/a/b latest by quay.io'],
    ['quay-io.cache.test:8443/quay.io/a/b', 'quay.io/a/b latest by quay.io'],
    ['hub.cache.test/redis', 'docker.io/library/redis latest by docker.io'],
    ['https://cache.test:8443/v2/quay.io/a/b/manifests/V1', 'quay.io/a/b V1 by quay.io'],
    ['cache.test:8443/v2/a/b/manifests/v1?ns=quay.io', 'quay.io/a/b v1 by quay.io'],
    ['/v2/library/redis/manifests/7?ns=docker.io', 'docker.io/library/redis 7 by docker.io'],
    ['/v2/quay.io/a/b/manifests/v1', 'quay.io/a/b v1 by quay.io'],
    [
      `https://registry-1.docker.io/v2/library/redis/blobs/${DIGEST.replace(':', '%3A')}`,
      'docker.io/library/redis sha256:aaaaa by docker.io',
    ],
    // A registry's own name, even where a wildcard of the certificate covers it.
    ['registry.cache.test/team/app', 'registry.cache.test/team/app latest by nobody'],
  ])('by the address of the cache, %s is %s', (text, name) => {
    expect(nameOf(text)).toBe(name);
  });

  it('without a registry is one of Docker Hub, even where that is not served', () => {
    const given = { keys: ['quay.io'], defaultRegistry: 'quay.io' };
    expect(nameOf('redis', given)).toBe('docker.io/library/redis latest by nobody');
    expect(nameOf('cache.test/a/b', given)).toBe('quay.io/a/b latest by quay.io');
    expect(nameOf('cache.test/a/b', { ...given, defaultRegistry: undefined })).toBe(
      'cache.test/a/b latest by nobody',
    );
  });

  it('may be of a registry on demand', () => {
    const given = { environment: { ON_DEMAND_REGISTRIES: '*.gcr.io' } };
    expect(nameOf('x.gcr.io/app', given)).toBe('x.gcr.io/app latest by on demand');
    expect(nameOf('cache.test/x.gcr.io/app', given)).toBe('x.gcr.io/app latest by on demand');
    expect(nameOf('x.gcr.io/app')).toBe('x.gcr.io/app latest by nobody');
    const offline = { environment: { ...given.environment, OFFLINE: 'true' } };
    expect(nameOf('x.gcr.io/app', offline)).toBe('x.gcr.io/app latest by nobody');
  });

  it.each([
    '',
    'Redis',
    'quay.io/',
    'quay.io/A',
    'redis:',
    'redis:a b',
    'redis@sha256:0',
    'redis@7',
    'a//b',
  ])('is not %j', (text) => {
    const parsed = resolve(text);
    expect(parsed.ok ? undefined : parsed.issues[0]?.path).toBe('REF');
  });
});
