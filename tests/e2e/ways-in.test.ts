import { type Appliance, type HttpResponse, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatRequest, sendRaw } from './raw-request.ts';
import { readError } from './responses.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

/**
 * Every registry has the same names with different content, so the content shows which registry
 * answered.
 */
const KEYS = ['docker.io', 'quay.test', 'quay.test/org', 'reg.test:5000'];
const TAGS = ['v1', 'v2', 'v3'];
let stage: Stage;
let appliance: Appliance;
const owners = new Map<string, string>();

beforeAll(async () => {
  stage = await openStage();
  const upstreams = await Promise.all(
    KEYS.map(async (key) => {
      const registry = await stage.upstream();
      for (const repository of ['team/app', 'org/app', 'library/alpine']) {
        for (const tag of TAGS) {
          const { top } = await pushImage(registry, repository, tag, { seed: key });
          owners.set(top.digest, key);
        }
      }
      return [
        key,
        { url: registry.url, ...(key === 'docker.io' && { aliases: ['hub'] }) },
      ] as const;
    }),
  );
  appliance = await stage.appliance(Object.fromEntries(upstreams), {
    env: { CERTIFICATE_NAMES: '*.cache.test' },
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function ask(path: string, host?: string): Promise<HttpResponse> {
  // Another test checks the names in the certificate. It lacks some of these hosts.
  await using client = appliance.client({ pinned: true });
  return await client.get(path, host === undefined ? {} : { headers: { host } });
}

/** The registry of the image, or the status of an error. */
function ownerOf({ status, headers }: HttpResponse): string | number {
  if (status !== 200) return status;
  return owners.get(headers['docker-content-digest'] ?? '') ?? 'nobody';
}

const manifestOf = (name: string) => `/v2/${name}/manifests/v1`;

describe('a registry named by ?ns=, as containerd does', () => {
  it.each([
    ['team/app', 'quay.test', 'quay.test'],
    ['team/app', 'QUAY.Test', 'quay.test'],
    ['org/app', 'quay.test', 'quay.test/org'],
    ['team/app', 'docker.io', 'docker.io'],
    ['alpine', 'docker.io', 'docker.io'],
    ['team/app', 'registry-1.docker.io', 'docker.io'],
    ['team/app', 'index.docker.io', 'docker.io'],
    ['team/app', 'hub', 'docker.io'],
    ['team/app', 'reg.test:5000', 'reg.test:5000'],
    ['team/app', 'reg.test%3A5000', 'reg.test:5000'],
    ['team/app', 'reg.test_5000', 'reg.test:5000'],
    // The path names the same registry, as with override_path.
    ['quay.test/team/app', 'quay.test', 'quay.test'],
    ['quay.test/org/app', 'quay.test', 'quay.test/org'],
    ['hub/team/app', 'registry-1.docker.io', 'docker.io'],
    ['reg.test_5000/team/app', 'reg.test:5000', 'reg.test:5000'],
    // A path with another registry is a repository name in the registry of ns.
    ['quay.test/team/app', 'docker.io', 404],
  ])('%s with ns=%s is of %s', async (name, ns, owner) => {
    expect(ownerOf(await ask(`${manifestOf(name)}?ns=${ns}`))).toBe(owner);
  });

  it('that is not served gets 404 with a list, so that containerd asks the registry', async () => {
    const told = readError(await ask(`${manifestOf('team/app')}?ns=ghcr.test`));
    expect(told).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    expect(told.message).toBe(`ghcr.test is not served here; served: ${KEYS.join(', ')}`);
  });

  it('has the same fields in the access log as any other', async () => {
    await ask('/v2/team/app/manifests/v2?ns=quay.test');
    const line = await until('it is logged', async () => {
      return (await appliance.accessLog()).find(({ reference }) => reference === 'v2');
    });
    expect(line).toMatchObject({
      upstream: 'quay.test',
      repository: 'team/app',
      kind: 'manifest',
      status: 200,
      path: '/v2/team/app/manifests/v2',
    });
  });
});

describe('a request without a registry, as docker asks its mirrors', () => {
  it.each([
    ['team/app', 'docker.io'],
    ['alpine', 'docker.io'],
    ['library/alpine', 'docker.io'],
    ['quay.test/team/app', 'quay.test'],
    ['hub/team/app', 'docker.io'],
    ['ghcr.test/team/app', 404],
    ['localhost/team/app', 404],
    ['ghcr.test_5000/team/app', 404],
  ])('%s is of %s', async (name, owner) => {
    expect(ownerOf(await ask(manifestOf(name)))).toBe(owner);
  });
});

describe('a registry named by the host name', () => {
  it.each([
    ['quay.test.cache.test', 'team/app', 'quay.test'],
    ['Quay.Test.Cache.Test:8443', 'team/app', 'quay.test'],
    ['quay.test.cache.test', 'org/app', 'quay.test/org'],
    ['quay.test.cache.test', 'quay.test/team/app', 'quay.test'],
    ['quay-test.cache.test', 'team/app', 'quay.test'],
    ['docker.io.cache.test', 'alpine', 'docker.io'],
    ['registry-1.docker.io.cache.test', 'team/app', 'docker.io'],
    ['hub.cache.test', 'team/app', 'docker.io'],
    ['reg.test-5000.cache.test:443', 'team/app', 'reg.test:5000'],
    ['reg.test_5000.cache.test', 'team/app', 'reg.test:5000'],
    // These are not registries' names, so the default registry is meant.
    ['quay.testing.cache.test', 'team/app', 'docker.io'],
    ['cache.test', 'team/app', 'docker.io'],
    ['127.0.0.1:8443', 'team/app', 'docker.io'],
    ['[::1]:8443', 'team/app', 'docker.io'],
  ])('%s has %s of %s', async (host, name, owner) => {
    expect(ownerOf(await ask(manifestOf(name), host))).toBe(owner);
  });

  it('comes after ?ns=', async () => {
    const answer = await ask(`${manifestOf('team/app')}?ns=reg.test:5000`, 'quay.test.cache.test');
    expect(ownerOf(answer)).toBe('reg.test:5000');
  });
});

describe('a list of tags in pages', () => {
  it.each([
    ['quay.test/team/app', '', undefined],
    ['team/app', 'ns=quay.test&', undefined],
    ['team/app', 'ns=reg.test%3A5000&', undefined],
    ['quay.test/team/app', 'ns=quay.test&', undefined],
    ['team/app', '', undefined],
    ['team/app', '', 'quay.test.cache.test'],
  ])('for %s?%s by %s leads to the next page in the same way', async (name, query, host) => {
    const seen: string[] = [];
    let path: string | undefined = `/v2/${name}/tags/list?${query}n=2`;
    while (path !== undefined) {
      const answer: HttpResponse = await ask(path, host);
      expect([answer.status, path]).toEqual([200, path]);
      seen.push(...(answer.json() as { tags: string[] }).tags);
      const next: string | undefined = /^<([^>]+)>; rel="next"$/.exec(
        answer.headers.link ?? '',
      )?.[1];
      if (next !== undefined) {
        expect(next.startsWith(`/v2/${name}/tags/list?`)).toBe(true);
        expect(/ns=([^&]+)/.exec(next)?.[1]).toBe(/ns=([^&]+)/.exec(decodeURIComponent(path))?.[1]);
      }
      path = next;
    }
    expect(seen).toEqual(TAGS);
  });
});

describe('hostile names', () => {
  it.each([
    ['twice', 'ns=quay.test&ns=docker.io', 400],
    ['two values, with another parameter between', 'ns=quay.test&n=1&ns=quay.test', 400],
    ['a path', 'ns=quay.test/org', 404],
    ['a path that leads out', 'ns=quay.test/../docker.io', 404],
    ['dots', 'ns=..', 404],
    ['an encoded path', 'ns=quay.test%2F..%2Fx', 404],
    ['an encoded NUL', 'ns=quay.test%00', 404],
    ['a line break', 'ns=quay.test%0d%0aX-Evil:%20yes', 404],
    ['quotes', 'ns=%22"><script>', 404],
    ['a backslash', 'ns=quay.test\\1', 404],
    ['a template', 'ns=%25[src]', 404],
    ['a user', 'ns=user@quay.test', 404],
    ['loopback', 'ns=127.0.0.1:5001', 404],
    ['very much', `ns=${'a'.repeat(20_000)}`, 404],
  ])('ns with %s', async (_, query, status) => {
    const [answer] = await sendRaw(appliance, formatRequest(`${manifestOf('team/app')}?${query}`));
    expect(answer?.status).toBe(status);
    expect(answer?.head).not.toMatch(/x-evil/i);
    const { errors } = JSON.parse(answer?.body ?? '') as { errors: { code: string }[] };
    expect(errors[0]?.code).toBe(status === 400 ? 'NAME_INVALID' : 'NAME_UNKNOWN');
  });

  it.each([
    ['empty', 'ns=', 'docker.io'],
    ['of another parameter', 'xns=quay.test', 'docker.io'],
    ['with a name that is encoded', '%6es=quay.test', 'docker.io'],
  ])('ns that is %s is ignored', async (_, query, owner) => {
    expect(ownerOf(await ask(`${manifestOf('team/app')}?${query}`))).toBe(owner);
  });

  it.each([
    ['of a registry that is not served', 'ghcr.test.cache.test'],
    ['with a path', 'quay.test./../x'],
    ['of 10 kilobytes', `${'a'.repeat(10_000)}.cache.test`],
  ])('a host %s never reaches another registry', async (_, host) => {
    const request = `GET ${manifestOf('quay.test/team/app')} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    const [answer] = await sendRaw(appliance, request);
    expect([200, 400, 404]).toContain(answer?.status);
    if (answer?.status === 200)
      expect(answer.head).toContain([...owners].find(([, key]) => key === 'quay.test')?.[0]);
  });
});
