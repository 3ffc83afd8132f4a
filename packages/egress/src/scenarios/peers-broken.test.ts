import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BLOB, DIGEST, PATH, serveBlob } from '../testing/blob-origin.ts';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { startOrigin } from '../testing/origin.ts';
import { startOwner } from '../testing/peer-edge.ts';
import { LATEST, startTagOrigin, version } from '../testing/tag-origin.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';

async function withSocket(work: (socket: string) => Promise<void>) {
  const dir = await mkdtemp(join(tmpdir(), 'peers-'));
  await work(join(dir, 'peers.sock'));
  await rm(dir, { recursive: true });
}

it('a manifest whose body breaks off comes from the upstream in the same request', () =>
  withSocket(async (socket) => {
    await using upstream = await startTagOrigin(version('one'));
    await using asked = await startFixture(upstream.url, { options: { peers: { socket } } });
    await using _ = await startOwner(socket, (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{', () => response.destroy());
    });
    expect(await asked.ask(LATEST)).toMatchObject({ status: 200, body: version('one').body });
    expect(upstream.asked()).toEqual(['GET latest']);
  }));

it('a blob that breaks off twice comes from the upstream from there on', () =>
  withSocket(async (socket) => {
    await using upstream = await startOrigin((seen, response) => serveBlob(seen, response));
    await using asked = await startFixture(upstream.url, { options: { peers: { socket } } });
    let ofPeer = 0;
    await using _ = await startOwner(socket, ({ headers, method = '', url = '' }, response) => {
      ofPeer += 1;
      const from = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
      serveBlob({ method, url, headers } as never, response, from + 1_000);
    });
    const { status, body } = await asked.ask(PATH);
    expect([status, body]).toEqual([200, String(BLOB)]);
    expect(ofPeer).toBe(2);
    expect(upstream.seen.filter(({ url }) => url.includes(DIGEST))).toHaveLength(1);
  }));

it('a small blob of another size than the right one is no whole answer', () =>
  withSocket(async (socket) => {
    await using upstream = await startOrigin((seen, response) => serveBlob(seen, response));
    await using asked = await startFixture(upstream.url, { options: { peers: { socket } } });
    await using _ = await startOwner(socket, (_request, response) => response.end('wrong bytes'));
    expect((await asked.ask(PATH)).status).toBe(502);
    expect(await asked.ask(PATH)).toMatchObject({ status: 200, body: String(BLOB) });
  }));

it.each([307, 401, 403])('the upstream is asked where the owner answers %d', (status) =>
  withSocket(async (socket) => {
    await using upstream = await startTagOrigin(version('one'));
    await using asked = await startFixture(upstream.url, { options: { peers: { socket } } });
    await using _ = await startOwner(socket, (_request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
    });
    expect(await asked.ask(LATEST)).toMatchObject({ status: 200, body: version('one').body });
  }),
);

it('a layer without an end is cut at its size in the manifest, and comes from the upstream', () =>
  withSocket(async (socket) => {
    const layers = [{ digest: DIGEST, size: BLOB.length }];
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, layers });
    await using upstream = await startOrigin((seen, response) => {
      if (!seen.url.includes('/manifests/')) return serveBlob(seen, response);
      response.writeHead(200, { 'content-type': IMAGE }).end(manifest);
    });
    const upstreams = [upstreamAt(upstream.url, { prefetchMaxBytes: 1e9 })];
    const options = { peers: { socket }, upstreams };
    await using asked = await startFixture(upstream.url, { options });
    let sentBytes = 0;
    await using _ = await startOwner(socket, ({ url = '' }, response) => {
      if (!url.includes(DIGEST)) return void response.writeHead(503).end();
      response.writeHead(200);
      const send = () => {
        do sentBytes += 65_536;
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', send);
      send();
    });
    expect((await asked.ask('/v2/team/app/manifests/v1')).status).toBe(200);
    const ended = () => asked.log.find(({ msg }) => msg === 'blob fetched')?.outcome;
    await expect.poll(ended, { timeout: 10_000 }).toBeDefined();
    expect(await asked.ask(PATH)).toMatchObject({ status: 200, body: String(BLOB) });
    // Bytes that had been sent lie in buffers on the way.
    expect(sentBytes).toBeLessThan(BLOB.length + 16 * 1024 * 1024);
  }));
