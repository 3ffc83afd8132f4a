import { type Appliance, type Bundle, layersOf, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHealth } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const DOCKER = { 'user-agent': 'docker/28.1.1 go/go1.23.8 UpstreamClient(Docker-Client/28.1.1)' };
const CONTAINERD = 'containerd-client/2.1.1 storage-driver/overlayfs';
const WITH_CONTAINERD = { 'user-agent': `docker/28.1.1 go/go1.23.8 ${CONTAINERD}` };
const TOKEN = '/token?service=registry-cache&scope=repository:library/app:pull';
const LOGIN = { username: 'alice', password: 'wonderland' };
let stage: Stage;
let open: Appliance;
let closed: Appliance;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'odd endpoints' });
  await pushImage(upstream, 'library/app', 'v1', { seed: 'odd endpoints' });
  open = await stage.appliance({ 'reg.test': upstream });
  closed = await stage.appliance(
    { 'docker.io': upstream },
    { passwords: { [LOGIN.username]: LOGIN.password } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const countNoted = async (appliance: Appliance, note: string): Promise<number> => {
  const line = `registry_cache_edge_noted_total{note="${note}"} `;
  const lines = (await readHealth(appliance, '/metrics')).split('\n');
  return Number(lines.find((one) => one.startsWith(line))?.slice(line.length));
};

describe('an endpoint without /v2/, or with it behind the registry', () => {
  it.each(['/reg.test/v2/team/app', '/reg.test/team/app'])('%s is served', async (base) => {
    await using client = open.client();
    const [layer] = layersOf(image);
    for (const query of ['', '?ns=reg.test']) {
      const manifest = await client.get(`${base}/manifests/v1${query}`);
      expect(manifest.headers['docker-content-digest']).toBe(image.top.digest);
      const blob = await client.get(`${base}/blobs/${layer?.digest}${query}`);
      expect([blob.status, blob.body.length]).toEqual([200, layer?.bytes.length]);
    }
  });

  it('answers a ping, and explains other requests', async () => {
    await using client = open.client();
    expect((await client.get('/reg.test/v2/')).status).toBe(200);
    expect((await client.get('/reg.test/nothing')).status).toBe(400);
    expect((await client.get('/other.test/v2/team/app/manifests/v1')).status).toBe(404);
  });

  it('is counted, and logged once', async () => {
    await until('it is counted', async () => (await countNoted(open, 'misplaced-endpoint')) >= 8);
    const said = (await open.logs()).split('\n').filter((line) => line.includes('override_path'));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('"path":"/reg.test/v2/team/app/manifests/v1"');
  });

  it('is not counted for requests at the right path', async () => {
    await using client = open.client();
    const before = await countNoted(open, 'misplaced-endpoint');
    await client.get('/v2/reg.test/team/app/manifests/v1');
    await client.get('/reg.test/v2/');
    await until('the later one is counted', async () => {
      return (await countNoted(open, 'misplaced-endpoint')) > before;
    });
    expect(await countNoted(open, 'misplaced-endpoint')).toBe(before + 1);
  });
});

describe('OCI-Namespace', () => {
  it('is in the response only if ?ns= has chosen the registry', async () => {
    await using client = open.client();
    const namespace = async (path: string) => (await client.get(path)).headers['oci-namespace'];
    const digest = image.top.digest;
    for (const reference of ['v1', digest, digest]) {
      const path = `team/app/manifests/${reference}`;
      expect(await namespace(`/v2/${path}?ns=reg.test`)).toBe('reg.test');
      expect(await namespace(`/v2/reg.test/${path}`)).toBeUndefined();
    }
    expect(await namespace('/v2/team/app/manifests/none?ns=reg.test')).toBeUndefined();
  });
});

describe('docker without a required login', () => {
  it.each([
    ['asks for a token', TOKEN, DOCKER],
    ['asks for a token by containerd', TOKEN, WITH_CONTAINERD],
    ['asks a mirror', '/v2/library/app/manifests/v1', DOCKER],
  ])('is counted and logged when it %s', async (_, path, headers) => {
    await using client = closed.client();
    const before = await countNoted(closed, 'docker-without-login');
    expect((await client.get(path, { headers })).status).toBe(401);
    await until('it is counted', async () => {
      return (await countNoted(closed, 'docker-without-login')) === before + 1;
    });
    expect(await closed.logs()).toContain('a docker without a login was refused');
  });

  it('is not counted for a docker with a login, or for the first challenge of a pull', async () => {
    const before = await countNoted(closed, 'docker-without-login');
    await using client = closed.client({ credentials: LOGIN });
    await using nobody = closed.client();
    expect((await nobody.get('/v2/', { headers: DOCKER })).status).toBe(401);
    expect((await nobody.get('/v2/library/app/manifests/v1')).status).toBe(401);
    const manifest = '/v2/library/app/manifests/v1';
    expect((await nobody.get(manifest, { headers: WITH_CONTAINERD })).status).toBe(401);
    const form = new URLSearchParams({
      grant_type: 'password',
      service: 'registry-cache',
      ...LOGIN,
    });
    const headers = { ...WITH_CONTAINERD, 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await nobody.request('POST', '/token', { headers, body: form.toString() });
    expect(posted.status).toBe(200);
    expect((await client.get('/token', { headers: DOCKER })).status).toBe(200);
    const pulled = await client.get('/v2/library/app/manifests/v1', { headers: DOCKER });
    expect(pulled.status).toBe(200);
    await until('all is logged', async () => {
      return (await closed.accessLog()).some(
        ({ status, kind }) => status === 200 && kind === 'manifest',
      );
    });
    expect(await countNoted(closed, 'docker-without-login')).toBe(before);
  });
});
