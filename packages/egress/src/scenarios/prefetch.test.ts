import { expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { type OriginHandler, reply, startOrigin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const LAYERS = Array.from({ length: 6 }, (_, index) => Buffer.from(`layer ${index}`));
const FOREIGN = Buffer.from('a layer that is elsewhere');
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: descriptorOf(Buffer.from('{}')),
  layers: [
    ...LAYERS.map(descriptorOf),
    { ...descriptorOf(FOREIGN), urls: ['https://example.com/layer'] },
  ],
});
const INDEX = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [descriptorOf(Buffer.from(MANIFEST))],
});

function descriptorOf(bytes: Buffer) {
  return { digest: digestOf(bytes), size: bytes.length };
}

const handle: OriginHandler = ({ method, url }, response) => {
  const contents = [...LAYERS, Buffer.from('{}'), FOREIGN];
  const blob = contents.find((bytes) => url.endsWith(digestOf(bytes)));
  if (blob !== undefined) return reply(response, 200, blob);
  const manifest = url.endsWith('/index') ? INDEX : MANIFEST;
  return reply(response, 200, method === 'HEAD' ? '' : manifest, {
    'content-type': JSON.parse(manifest).mediaType,
    'docker-content-digest': digestOf(Buffer.from(manifest)),
    ...(method === 'HEAD' ? { 'content-length': String(manifest.length) } : {}),
  });
};

async function startBoth(prefetchMaxBytes: number) {
  const origin = await startOrigin(handle);
  const upstreams = [upstreamAt(origin.url, { prefetchMaxBytes })];
  const egress = await startFixture(origin.url, { options: { upstreams } });
  const blobs = () => origin.lines().filter((line) => line.includes('/blobs/'));
  return { origin, egress, blobs };
}

test('a pulled manifest prefetches its config and layers, except foreign layers', async () => {
  const { origin, egress, blobs } = await startBoth(1000);
  await egress.ask('/v2/team/app/manifests/v1');
  await expect.poll(() => blobs().length).toBe(7);
  expect(blobs()).not.toContain(`GET /v2/team/app/blobs/${digestOf(FOREIGN)}`);
  for (const layer of LAYERS) {
    expect((await egress.ask(`/v2/team/app/blobs/${digestOf(layer)}`)).body).toBe(String(layer));
  }
  // Once more: all is stored.
  await egress.ask('/v2/team/app/manifests/v1');
  // For another repository the blobs are confirmed, not fetched.
  await egress.ask('/v2/other/app/manifests/v1');
  await expect.poll(() => blobs().length).toBe(14);
  expect(
    blobs()
      .slice(7)
      .every((line) => line.startsWith('HEAD /v2/other/app/')),
  ).toBe(true);
  await egress[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});

test.each([
  ['an index', 'index', 'GET', 1000],
  ['a HEAD', 'v1', 'HEAD', 1000],
  ['an image that is too large', 'v1', 'GET', 10],
  ['an image without prefetching', 'v1', 'GET', 0],
])('%s prefetches nothing', async (_name, tag, method, limit) => {
  const { origin, egress, blobs } = await startBoth(limit);
  expect((await egress.ask(`/v2/team/app/manifests/${tag}`, { method })).status).toBe(200);
  await egress.ask(`/v2/team/app/blobs/${digestOf(Buffer.from('{}'))}`);
  expect(blobs()).toHaveLength(1);
  await egress[Symbol.asyncDispose]();
  await origin[Symbol.asyncDispose]();
});
