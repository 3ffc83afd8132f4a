import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { optionsIn, upstreamAt } from '../../testing/egress-fixture.ts';
import { createOnDemand, type OnDemandDeps } from './serve-on-demand.ts';

const HOST = 'ghcr.test';
let dir: string;
let servers: Server[];
let isServed: boolean;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'on-demand-'));
  servers = [];
  isServed = false;
});

afterEach(async () => {
  for (const server of servers) server.close();
  await rm(dir, { recursive: true });
});

const at = (name: string) => join(dir, name);
const readRecord = async () => JSON.parse(await readFile(at('on-demand.json'), 'utf8'));

async function listen(name: string, listener: RequestListener): Promise<void> {
  const server = createServer(listener).listen(at(name));
  servers.push(server);
  await once(server, 'listening');
}

/** Plays `config`: adds an upstream, and a hot lane that answers with each request's path. */
async function serve(): Promise<void> {
  await listen('hot.sock', (incoming, response) => {
    response.writeHead(206, { 'x-cache': 'MISS' });
    response.end(`${incoming.method} ${incoming.url} ${incoming.headers.range}`);
  });
  isServed = true;
}

async function start(deps: Partial<OnDemandDeps> = {}) {
  const url = `https://${HOST}`;
  const upstream = upstreamAt(url, { id: 'ghcr', key: HOST, hotSocket: at('hot.sock') });
  const handler = createOnDemand({
    file: at('on-demand.json'),
    maxRegistries: 2,
    probe: async () => {},
    options: async () => optionsIn(dir, '', { upstreams: isServed ? [upstream] : [] }),
    log: pino({ enabled: false }),
    ...deps,
  });
  await listen('on-demand.sock', (incoming, response) => void handler(incoming, response));
}

function ask(path: string, host = HOST, more: Record<string, string> = {}) {
  const headers = { 'x-registry': host, range: 'bytes=0-', ...more };
  return new Promise<{ status: number; upstream: unknown; body: string }>((resolve, reject) => {
    request({ socketPath: at('on-demand.sock'), path, headers }, (answer) => {
      const { statusCode: status = 0, headers: found } = answer;
      const told = (body: string) => resolve({ status, upstream: found['x-upstream'], body });
      text(answer).then(told, reject);
    })
      .on('error', reject)
      .end();
  });
}

it('holds requests until the registry is served, and passes them on', async () => {
  const probed: string[] = [];
  await start({ probe: async (host) => void probed.push(host) });
  const asked = Promise.all([ask('/v2/a/tags/list?n=1'), ask('/v2/b/tags/list')]);
  await expect.poll(readRecord).toEqual([HOST]);
  await serve();
  const [first, second] = await asked;
  expect(first).toEqual({
    status: 206,
    upstream: 'ghcr',
    body: 'GET /v2/a/tags/list?n=1 bytes=0-',
  });
  expect(second.status).toBe(206);
  expect(probed).toEqual([HOST]);
  // Later requests are passed on without another probe.
  expect((await ask('/v2/c/tags/list')).status).toBe(206);
  expect(probed).toEqual([HOST]);
});

it('makes no registry for a client that may not fetch', async () => {
  const probed: string[] = [];
  await start({ probe: async (host) => void probed.push(host) });
  const noFetch = { 'x-no-fetch': 'bob%20may%20not%20fetch' };
  const refused = await ask('/v2/a/tags/list', HOST, noFetch);
  expect(refused).toMatchObject({
    status: 403,
    body: expect.stringContaining('bob may not fetch'),
  });
  expect(probed).toEqual([]);
  await expect(readRecord()).rejects.toThrow();
  await serve();
  expect((await ask('/v2/a/tags/list', HOST, noFetch)).status).toBe(206);
});

it('records no host that is not a registry', async () => {
  await start({ probe: () => Promise.reject(new Error('nobody is there')) });
  const { status, body } = await ask('/v2/a/tags/list');
  expect(status).toBe(502);
  expect(body).toContain('nobody is there');
  await expect(readRecord()).rejects.toThrow();
});

it('records up to the limit, and starts a damaged record anew', async () => {
  await writeFile(at('on-demand.json'), '["a.test", "b.test"]');
  await start({ serveWithinMs: 0 });
  expect(await ask('/v2/a/tags/list')).toMatchObject({
    status: 404,
    body: expect.stringContaining('NAME_UNKNOWN'),
  });
  expect(await readRecord()).toEqual(['a.test', 'b.test']);
  await writeFile(at('on-demand.json'), '["a.te');
  await ask('/v2/a/tags/list');
  expect(await readRecord()).toEqual([HOST]);
});

it('answers 503 if a start takes too long', async () => {
  await start({ serveWithinMs: 0 });
  expect(await ask('/v2/a/tags/list')).toMatchObject({
    status: 503,
    body: expect.stringContaining(`${HOST} is not served yet`),
  });
});

it('finds the upstream of a registry named with the port of https', async () => {
  await start();
  await serve();
  expect((await ask('/v2/a/tags/list', `${HOST}:443`)).status).toBe(206);
});
