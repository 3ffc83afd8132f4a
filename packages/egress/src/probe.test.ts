import type { Credential, EgressOptions } from '@registry-cache/domain';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openProbe, REAL_DEPS } from './probe.ts';
import { optionsIn, upstreamAt } from './testing/egress-fixture.ts';
import { startFakeBucket } from './testing/fake-bucket.ts';
import { reply, startOrigin } from './testing/origin.ts';
import { startTokenRegistry } from './testing/token-registry.ts';

const USER = { kind: 'basic', username: 'user', password: 'right' } as const;

function open(url: string, credential?: Credential, change: Partial<EgressOptions> = {}, env = {}) {
  const credentials = credential === undefined ? {} : { up: credential };
  return openProbe(
    {
      options: JSON.stringify(optionsIn('/nowhere', url, change)),
      credentials: JSON.stringify(credentials),
      clientCertificates: '{}',
    },
    { ...REAL_DEPS, env },
  );
}

/** The probe of the only registry. */
async function probe(...args: Parameters<typeof open>) {
  const [registry] = open(...args).registries;
  if (registry === undefined) throw new Error('no registry is probed');
  return { ...registry, ...(await registry.run()) };
}

describe('a registry', () => {
  it('is asked twice for /v2/, and its token service once for no repository', async () => {
    await using service = await startTokenRegistry();
    const { registry, tokens } = service;
    const probed = await probe(registry.url, USER);
    expect(probed).toMatchObject({
      name: 'up.example.com',
      proxy: undefined,
      hasCredential: true,
      credentialEndsMs: undefined,
      lookup: { host: '127.0.0.1', failure: undefined },
      first: { kind: 'answer', status: 401, isPage: false },
      login: { kind: 'basic', realm: `${tokens.url}/token`, outcome: { kind: 'accepted' } },
    });
    expect(registry.seen.map(({ url }) => url)).toEqual(['/v2/', '/v2/']);
    expect(tokens.seen.map(({ url }) => url)).toEqual(['/token?service=reg&account=user']);
  });

  it.each([
    [
      { ...USER, password: 'wrong' },
      { kind: 'refused', by: 'token service', status: 401 },
    ],
    [{ kind: 'identity-token', token: 'refresh' }, { kind: 'accepted' }],
    [
      { kind: 'registry-token', token: 'old' },
      { kind: 'refused', by: 'registry', status: 401 },
    ],
    [undefined, { kind: 'refused', by: 'token service' }],
    [
      { kind: 'helper', program: 'not-there', serverUrl: 'x' },
      { kind: 'failure', phase: 'credentials' },
    ],
  ] as const)('tells how the login %j fares', async (credential, outcome) => {
    await using service = await startTokenRegistry();
    const { login } = await probe(service.registry.url, credential);
    expect(login?.outcome).toMatchObject(outcome);
    expect(JSON.stringify(login)).not.toContain('wrong');
  });

  it('tells its clock, and when a token says that it ends', async () => {
    const aheadMs = 3_600_000;
    const date = new Date(Date.now() + aheadMs).toUTCString();
    await using registry = await startOrigin((_, response) => reply(response, 200, '{}', { date }));
    const claims = Buffer.from('{"exp":1700000000}').toString('base64url');
    const token = `e30.${claims}.c2ln`;
    const probed = await probe(registry.url, { kind: 'registry-token', token });
    expect(probed.credentialEndsMs).toBe(1_700_000_000_000);
    expect(probed.login).toBeUndefined();
    const first = probed.first.kind === 'answer' ? probed.first : undefined;
    expect(Math.abs((first?.aheadMs ?? 0) - aheadMs)).toBeLessThan(30_000);
  });

  it('may not lead to a token service that gets no credentials', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="http://auth.example.com/token"' };
    await using registry = await startOrigin((_, response) => reply(response, 401, '', headers));
    const { login } = await probe(registry.url, USER);
    expect(login).toMatchObject({
      realm: 'http://auth.example.com/token',
      outcome: { kind: 'failure', phase: 'guard' },
    });
  });

  it.each([
    ['Negotiate', 'Negotiate'],
    [undefined, ''],
  ])('may ask for a login in a way that nobody knows: %s', async (challenge, header) => {
    const headers: Record<string, string> =
      challenge === undefined ? {} : { 'www-authenticate': challenge };
    await using registry = await startOrigin((_, response) => reply(response, 401, '', headers));
    const { login } = await probe(registry.url, USER);
    expect(login?.outcome).toEqual({ kind: 'challenge', header });
  });

  it('is told apart from a page, and from nothing', async () => {
    const page = '<!doctype html><html></html>';
    await using portal = await startOrigin((_, response) => reply(response, 401, page));
    expect(await probe(portal.url)).toMatchObject({ first: { isPage: true }, login: undefined });
    await portal.pause();
    expect((await probe(portal.url)).first).toMatchObject({
      kind: 'failure',
      phase: 'connect',
      code: 'ECONNREFUSED',
    });
    const lost = await probe('https://lost.invalid');
    expect(lost.lookup).toMatchObject({ host: 'lost.invalid', addresses: [] });
    expect(lost.first).toMatchObject({ kind: 'failure', phase: 'resolve' });
  });

  it('behind a proxy is found by the proxy, whose name alone is looked up', async () => {
    const env = { HTTPS_PROXY: 'http://user:s3cret@127.0.0.1:1' };
    const probed = await probe('https://lost.invalid', undefined, {}, env);
    expect(probed).toMatchObject({
      proxy: '127.0.0.1:1',
      lookup: { host: '127.0.0.1' },
      first: { kind: 'failure', phase: 'connect' },
    });
    expect(JSON.stringify(probed)).not.toContain('s3cret');
  });
});

it('mirrors are probed with logins of their own, and nothing that is offline', async () => {
  const mirrors = [{ id: 'mirror', key: 'mirror.test', url: 'http://127.0.0.1:1' }];
  const upstreams = [
    upstreamAt('http://127.0.0.1:2', { mirrors }),
    upstreamAt('http://127.0.0.1:3', { id: 'off', key: 'off.test', offline: true }),
  ];
  const { registries, bucket } = open('', USER, { upstreams });
  expect(registries.map(({ name, hasCredential }) => [name, hasCredential])).toEqual([
    ['mirror.test for up.example.com', false],
    ['up.example.com', true],
  ]);
  expect(bucket).toBeUndefined();
});

describe('a bucket', () => {
  it('answers, refuses, or is silent', async () => {
    await using service = await startFakeBucket();
    for (const [name, value] of Object.entries(service.credentials)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const probeBucket = (expireMs: number) =>
      open('http://127.0.0.1:1', undefined, {
        bucket: { ...service.options, expireMs },
      }).bucket?.();
    // This service knows no lifecycles.
    expect(await probeBucket(86_400_000)).toEqual({ kind: 'answers', lifecycle: 'unknown' });
    expect(await probeBucket(0)).toEqual({ kind: 'answers', lifecycle: 'unwanted' });
    service.trouble = 403;
    expect(await probeBucket(0)).toMatchObject({ kind: 'fails', status: 403 });
    await service[Symbol.asyncDispose]();
    expect(await probeBucket(0)).toMatchObject({ kind: 'fails', status: 0 });
  });
});
