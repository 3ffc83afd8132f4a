import { type Appliance, createHttpClient, findFreePort } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let appliance: Appliance;
let redirectUrl: string;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'host names' });
  const [port, otherPort] = [await findFreePort('127.0.0.1'), await findFreePort('127.0.0.1')];
  redirectUrl = `http://127.0.0.1:${port}`;
  appliance = await stage.appliance(
    { 'quay.test': upstream, 'reg.test:5000': { ...upstream, aliases: ['short'] } },
    {
      env: {
        CERTIFICATE_NAMES: 'cache.test *.cache.test',
        REDIRECT_LISTEN: ':8080',
        REDIRECT_PORT: String(otherPort),
      },
      extraArgs: [`--publish=127.0.0.1:${port}:8080`, `--publish=127.0.0.1:${otherPort}:8443`],
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('the certificate that the appliance makes', () => {
  // The client sends the name by SNI, and checks the certificate against it.
  it.each([
    'cache.test',
    'quay.test.cache.test',
    'quay-test.cache.test',
    'reg.test-5000.cache.test',
    'short.cache.test',
  ])('is valid for %s', async (host) => {
    await using client = appliance.client();
    const { status } = await client.get('/v2/', { headers: { host } });
    expect(status).toBe(200);
  });

  it('is not valid for other names', async () => {
    await using client = appliance.client();
    const asked = client.get('/v2/', { headers: { host: 'ghcr.test.cache.test' } });
    await expect(asked).rejects.toThrow(/ghcr\.test\.cache\.test/);
  });

  it('stays when a registry is added, and the log names the missing host', async () => {
    const auths = { 'quay.test': {}, 'reg.test:5000': {}, 'new.test': {} };
    await appliance.writePullSecret({ auths });
    await expect
      .poll(() => readEvents(appliance), { timeout: 30_000 })
      .toContainEqual(expect.objectContaining({ missing: ['new.test.cache.test'] }));
  });
});

describe('plain HTTP', () => {
  it('is redirected to the same URL by https', async () => {
    await using client = createHttpClient({ url: redirectUrl });
    const path = '/v2/team/app/manifests/v1?ns=quay.test';
    const { status, headers } = await client.get(path, { headers: { host: '127.0.0.1:80' } });
    expect(status).toBe(308);
    await using secure = appliance.client();
    expect((await secure.get(headers.location ?? '')).status).toBe(200);
    expect(headers.location).toMatch(
      /^https:\/\/127\.0\.0\.1:\d+\/v2\/team\/app\/manifests\/v1\?ns=/,
    );
  });

  it.each(['cache test', 'cache.test/x', 'user@cache.test', '"><script>'])(
    'is not redirected to a host %s',
    async (host) => {
      await using client = createHttpClient({ url: redirectUrl });
      const answer = await client.get('/v2/', { headers: { host } });
      expect(answer.status).toBe(400);
      expect(answer.headers).not.toHaveProperty('location');
    },
  );
});
