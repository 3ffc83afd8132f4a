import type { Appliance, HttpResponse } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';

const ANN = { username: 'ann', password: 'pass-ann' };
let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'ways in with a login' });
  await pushImage(upstream, 'library/alpine', 'v1', { seed: 'ways in with a login' });
  appliance = await stage.appliance(
    { 'quay.test': upstream, 'docker.io': upstream },
    {
      passwords: { [ANN.username]: ANN.password },
      env: { CERTIFICATE_NAMES: 'cache.test *.cache.test', ON_DEMAND_REGISTRIES: 'asked.test' },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

async function ask(path: string, host: string, headers = {}): Promise<HttpResponse> {
  await using client = appliance.client();
  return await client.get(path, { headers: { host, ...headers } });
}

describe.each([
  ['?ns=', '/v2/team/app/manifests/v1?ns=quay.test', 'cache.test', 'team/app'],
  ['a host name', '/v2/team/app/manifests/v1', 'quay.test.cache.test', 'team/app'],
  ['nothing', '/v2/alpine/manifests/v1', 'cache.test', 'alpine'],
  ['a path', '/v2/quay.test/team/app/manifests/v1', 'cache.test', 'quay.test/team/app'],
])('a registry named by %s', (_, path, host, name) => {
  it('needs a login, and the challenge has the name that the client used', async () => {
    const { status, headers } = await ask(path, host);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain(`realm="https://${host}/token"`);
    expect(headers['www-authenticate']).toContain(`scope="repository:${name}:pull"`);
  });

  it('is served to a password and to a token', async () => {
    await using client = appliance.client({ credentials: ANN });
    const basic = await client.get(path, { headers: { host } });
    expect(basic.status).toBe(200);
    const query = `service=registry-cache&scope=repository:${name}:pull`;
    const { token } = (await client.get(`/token?${query}`, { headers: { host } })).json() as {
      token: string;
    };
    const bearer = await ask(path, host, { authorization: `Bearer ${token}` });
    expect(bearer.status).toBe(200);
  });
});

it('a login comes before registries on demand, and before any list of registries', async () => {
  for (const ns of ['asked.test', 'ghcr.test']) {
    const { status } = await ask(`/v2/team/app/manifests/v1?ns=${ns}`, 'cache.test');
    expect(status).toBe(401);
  }
  const record = await appliance.exec(['ls', '/var/lib/registry']);
  expect(record.stdout).not.toContain('on-demand.json');
});
