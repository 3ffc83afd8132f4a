import {
  type Appliance,
  type Bundle,
  createHttpClient,
  findFreePort,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from './inside.ts';
import { formatRequest, sendRaw } from './raw-request.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askThrough, type ProxyAppliance, startProxy } from './through-proxy.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
let stage: Stage;
let proxy: ProxyAppliance;
let appliance: Appliance;
let image: Bundle;
let httpUrl: string;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'request ids' });
  const port = await findFreePort('127.0.0.1');
  httpUrl = `http://127.0.0.1:${port}`;
  const nowhere = { url: `http://${stage.network.gateway}:1` };
  proxy = await startProxy(
    stage,
    { 'reg.test': upstream, 'gone.test': nowhere, 'lost.test': nowhere },
    {
      env: { CONNECT_PROXY: 'on', REDIRECT_LISTEN: ':8080' },
      extraArgs: [`--publish=127.0.0.1:${port}:8080`],
    },
  );
  appliance = proxy.appliance;
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('every answer has the id of its request', () => {
  it.each([
    ['a manifest', 'GET', '/v2/reg.test/team/app/manifests/v1', 200],
    ['the same one again', 'GET', '/v2/reg.test/team/app/manifests/v1', 200],
    ['a ping', 'GET', '/v2/', 200],
    ['an image that is not there', 'GET', '/v2/reg.test/team/none/manifests/v1', 404],
    ['a registry that is not served', 'GET', '/v2/other.test/team/app/manifests/v1', 404],
    ['a registry that is away', 'GET', '/v2/gone.test/team/app/manifests/v1', 502],
    ['a method that is not possible', 'DELETE', '/v2/reg.test/team/app/manifests/v1', 405],
    ['a name in upper case', 'GET', '/v2/reg.test/TEAM/manifests/v1', 400],
    ['a page of the set-up', 'GET', '/ca.crt', 200],
    ['a page that is not there', 'GET', '/setup/nothing', 404],
  ])('%s', async (_, method, path, status) => {
    await using client = appliance.client();
    const answer = await client.request(method, path);
    expect(answer.status).toBe(status);
    const id = answer.headers['x-request-id'] ?? '';
    expect(id).toMatch(UUID);
    const logged = (await appliance.accessLog()).filter((record) => record.id === id);
    expect(logged.map((record) => [record.method, record.status])).toEqual([[method, status]]);
  });

  it('a redirect to https', async () => {
    await using client = createHttpClient({ url: httpUrl });
    const answer = await client.get('/v2/');
    expect([answer.status, answer.headers['x-request-id']]).toEqual([
      308,
      expect.stringMatching(UUID),
    ]);
  });

  it('requests within a tunnel, and pages of the proxy', async () => {
    const ca = await proxy.ca();
    const inner = await askThrough(proxy, 'reg.test:443', '/v2/team/app/manifests/v1', { ca });
    expect(inner).toMatchObject({
      status: 200,
      headers: { 'x-request-id': expect.stringMatching(UUID) },
    });
    const passed = await askThrough(proxy, 'reg.test:443', '/v1/search', { ca });
    expect(passed.headers['x-request-id']).toMatch(UUID);
    await using client = createHttpClient({ url: proxy.url });
    expect((await client.get('/nothing')).headers['x-request-id']).toMatch(UUID);
  });
});

describe("a client's own id", () => {
  const ask = async (...ids: string[]) => {
    const headers = ids.map((id) => `X-Request-Id: ${id}`);
    const request = formatRequest('/v2/reg.test/team/app/manifests/v1', ...headers);
    const [answer] = await sendRaw(appliance, Buffer.from(request, 'latin1'));
    const found = [...(answer?.head ?? '').matchAll(/^x-request-id: (.*?)\r?$/gim)];
    expect([answer?.status, found.length]).toEqual([200, 1]);
    return found[0]?.[1];
  };

  it.each(['build-4711', '01J9Z.a_b:c+d=e', 'x'.repeat(64)])('%s is kept', async (id) => {
    expect(await ask(id)).toBe(id);
    expect((await appliance.accessLog()).filter((record) => record.id === id)).toHaveLength(1);
  });

  it.each([
    ['a long one', ['x'.repeat(65)]],
    ['one with quotes', ['a"b']],
    ['one with spaces', ['a b']],
    ['one that is markup', ['<b>']],
    ['one that a terminal obeys', ['\x9b31m']],
    ['an empty one', ['']],
    ['two of them', ['one', 'two']],
  ])('%s is replaced', async (_, ids) => {
    expect(await ask(...ids)).toMatch(UUID);
  });

  it('is in the lines of egress about the request', async () => {
    await using client = appliance.client();
    const headers = { 'x-request-id': 'why-did-it-fail' };
    await client.get('/v2/lost.test/team/app/manifests/v1', { headers });
    const events = await readEvents(appliance);
    expect(events.filter(({ id }) => id === 'why-did-it-fail')).toMatchObject([
      { upstream: 'lost.test', path: '/v2/team/app/manifests/v1' },
    ]);
  });
});

it('the log has the time to the first byte beside the whole', async () => {
  await using client = appliance.client();
  const layer = image.blobs[0]?.digest ?? '';
  const id = 'the-time-of-a-blob';
  await client.get(`/v2/reg.test/team/app/blobs/${layer}`, { headers: { 'x-request-id': id } });
  const record = (await appliance.accessLog()).find((one) => one.id === id);
  expect(record?.firstByteMs).toBeGreaterThanOrEqual(0);
  // The edge takes both from clocks of their own, in whole milliseconds.
  expect((record?.ms ?? 0) + 1).toBeGreaterThanOrEqual(record?.firstByteMs ?? Number.NaN);
});
