import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { blobDir, blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { BLOB, DIGEST, PATH, serveBlob } from '../testing/blob-origin.ts';
import {
  type AskOptions,
  type EgressFixture,
  startFixture,
  TAG_RULES,
  upstreamAt,
} from '../testing/egress-fixture.ts';
import { LARGE, LARGE_PATH, startLargeBlobOrigin } from '../testing/large-blob.ts';
import { ociError, reply, startOrigin } from '../testing/origin.ts';
import { LATEST, startTagOrigin, version } from '../testing/tag-origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const HOUR = 3_600_000;
const ONE = version('one');
const REFUSAL = 'bob may not fetch up.example.com/a (rule 3: „nein“)';
const NO_FETCH = { 'x-no-fetch': encodeURIComponent(REFUSAL) };

/** Asks as a client that may pull and not fetch. */
async function askHere(egress: EgressFixture, path: string, options: AskOptions = {}) {
  const headers = { ...options.headers, ...NO_FETCH };
  const { status, headers: got, body } = await egress.ask(path, { ...options, headers });
  return { status, cache: got['x-cache'], headers: got, body };
}

async function expectRefusal(egress: EgressFixture, path: string, options: AskOptions = {}) {
  const { status, headers, body } = await askHere(egress, path, options);
  expect([status, headers['content-type']]).toEqual([403, 'application/json']);
  if (options.method === 'HEAD') return;
  expect(JSON.parse(body).errors).toEqual([{ code: 'DENIED', message: REFUSAL, detail: null }]);
}

function startClock() {
  const clock = { now: Date.UTC(2030, 0, 1) };
  return { clock, deps: { now: () => clock.now } };
}

test('a tag is served to a client that may not fetch, whatever its age, without a request', async () => {
  const { clock, deps } = startClock();
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url, { deps });
  await expectRefusal(egress, LATEST);
  await expectRefusal(egress, LATEST, { method: 'HEAD' });
  expect(origin.seen).toEqual([]);
  await egress.ask(LATEST);
  origin.asked();
  const fresh = await askHere(egress, LATEST);
  expect(fresh).toMatchObject({ status: 200, cache: 'HIT', body: ONE.body });
  expect(fresh.headers['x-accel-expires']).toBe('4');
  clock.now += HOUR;
  for (const method of ['GET', 'HEAD']) {
    const old = await askHere(egress, LATEST, { method });
    expect(old).toMatchObject({ status: 200, cache: 'STALE' });
    expect(old.headers['docker-content-digest']).toBe(ONE.digest);
    // No other client may get this answer.
    expect(old.headers['x-accel-expires']).toBe('0');
  }
  expect(origin.asked()).toEqual([]);
  const checked = await egress.ask(LATEST);
  expect(checked.headers['x-cache']).toBe('MISS');
  expect(origin.asked()).toEqual(['HEAD latest']);
  expect((await askHere(egress, LATEST)).cache).toBe('HIT');
});

test('a tag in its grace period is not checked for a client that may not fetch', async () => {
  const { clock, deps } = startClock();
  await using origin = await startTagOrigin(ONE);
  const tags = { ...TAG_RULES, tiers: [{ regex: 'latest', timeMs: HOUR, graceMs: HOUR }] };
  const upstreams = [upstreamAt(origin.url, { tags })];
  await using egress = await startFixture(origin.url, { deps, options: { upstreams } });
  await egress.ask(LATEST);
  origin.asked();
  clock.now += HOUR + 1;
  expect((await askHere(egress, LATEST)).cache).toBe('STALE');
  expect(origin.asked()).toEqual([]);
});

test('a tag that is never remembered is served stale', async () => {
  await using origin = await startTagOrigin(ONE);
  const upstreams = [upstreamAt(origin.url, { tags: { ...TAG_RULES, defaultMs: 0 } })];
  await using egress = await startFixture(origin.url, { options: { upstreams } });
  await egress.ask(LATEST);
  origin.asked();
  expect(await askHere(egress, LATEST)).toMatchObject({ status: 200, cache: 'STALE' });
  expect(origin.asked()).toEqual([]);
});

test('a type that the client does not accept is not asked for', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url);
  await egress.ask(LATEST);
  origin.asked();
  const accept = 'application/vnd.docker.distribution.manifest.v1+json';
  const got = await askHere(egress, LATEST, { headers: { accept } });
  expect(got).toMatchObject({ status: 200, cache: 'STALE', body: ONE.body });
  expect(origin.asked()).toEqual([]);
});

test('a manifest by its digest is served from here only', async () => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url);
  const path = `/v2/a/manifests/${ONE.digest}`;
  await expectRefusal(egress, path);
  await egress.ask(LATEST);
  origin.asked();
  expect(await askHere(egress, path)).toMatchObject({ status: 200, cache: 'HIT', body: ONE.body });
  // The bytes are here, but not in this repository.
  await expectRefusal(egress, `/v2/b/manifests/${ONE.digest}`);
  await rm(blobDir(join(egress.dir, 'store'), ONE.digest), { recursive: true });
  await expectRefusal(egress, path);
  await expectRefusal(egress, LATEST);
  expect(origin.asked()).toEqual([]);
});

test('a refusal is not remembered, and no remembered error counts', async () => {
  let status = 200;
  await using origin = await startOrigin((seen, response) => {
    if (status === 200) serveBlob(seen, response);
    else reply(response, status, ociError('BLOB_UNKNOWN', 'unknown'));
  });
  await using egress = await startFixture(origin.url);
  const other = `/v2/team/other/blobs/${DIGEST}`;
  status = 404;
  expect((await egress.ask(PATH)).status).toBe(404);
  const before = origin.seen.length;
  await expectRefusal(egress, PATH);
  expect((await egress.ask(PATH)).status).toBe(404);
  expect(origin.seen).toHaveLength(before);
  status = 200;
  await expectRefusal(egress, other);
  expect((await egress.ask(other)).status).toBe(200);
});

test.each<[string, AskOptions]>([
  ['GET', {}],
  ['HEAD', { method: 'HEAD' }],
  ['a part', { headers: { range: 'bytes=5-9' } }],
  ['the end', { headers: { range: 'bytes=-5' } }],
  ['several parts', { headers: { range: 'bytes=0-1,5-9' } }],
  ['a revalidation', { headers: { 'if-none-match': `"${DIGEST}"` } }],
])(
  '%s of a layer that was evicted, or is of another repository, is refused',
  async (_, options) => {
    await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
    await using egress = await startFixture(origin.url);
    await expectRefusal(egress, PATH, options);
    await buffer(await egress.open(PATH));
    expect((await askHere(egress, PATH, options)).status).toBeLessThan(400);
    await expectRefusal(egress, `/v2/team/other/blobs/${DIGEST}`, options);
    await rm(blobDir(join(egress.dir, 'store'), DIGEST), { recursive: true });
    for (const over of ['port', 'socket'] as const) {
      await expectRefusal(egress, PATH, { ...options, over });
    }
    expect(origin.seen).toHaveLength(1);
  },
);

test('the hot lane sends a blob that is here by itself', async () => {
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url);
  await buffer(await egress.open(PATH));
  const { status, headers } = await askHere(egress, PATH, { over: 'socket' });
  expect([status, headers['x-accel-redirect']]).toEqual([
    200,
    `/stored/${DIGEST.replace(':', '/')}`,
  ]);
  expect(headers['docker-content-digest']).toBe(DIGEST);
});

test('a blob that another client is fetching is not here yet', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  origin.state.gate = 6_000_000;
  const other = await egress.open(LARGE_PATH);
  for (const method of ['GET', 'HEAD']) await expectRefusal(egress, LARGE_PATH, { method });
  await expectRefusal(egress, LARGE_PATH, { headers: { range: 'bytes=0-9' } });
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect((await buffer(other)).equals(LARGE)).toBe(true);
  expect((await askHere(egress, LARGE_PATH)).status).toBe(200);
  expect(origin.state.sentBytes).toBe(LARGE.length);
});

test('a manifest from here starts no fetch of its layers, and no damaged layer is given out', async () => {
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const layer = { mediaType: 'a/b', digest: DIGEST, size: BLOB.length };
  const body = JSON.stringify({ schemaVersion: 2, mediaType: type, layers: [layer] });
  await using origin = await startOrigin((seen, response) => {
    if (seen.url.includes('/blobs/')) serveBlob(seen, response);
    else reply(response, 200, body, { 'content-type': type });
  });
  const upstreams = [upstreamAt(origin.url, { prefetchMaxBytes: 1e9 })];
  await using egress = await startFixture(origin.url, { options: { upstreams } });
  const path = `/v2/team/app/manifests/${digestOf(Buffer.from(body))}`;
  await egress.ask(path, { method: 'HEAD' });
  expect(await askHere(egress, path)).toMatchObject({ status: 200, cache: 'HIT' });
  await buffer(await egress.open(PATH));
  expect((await askHere(egress, PATH)).status).toBe(200);
  expect(origin.lines()).toEqual([`GET ${path}`, `GET ${PATH}`]);
  await truncate(blobFile(join(egress.dir, 'store'), DIGEST), 7);
  // The check of a manifest's blobs is remembered for a minute, so that is left out here.
  await egress.stop(0);
  await using again = await startFixture(origin.url, {
    options: { upstreams, storeRoot: join(egress.dir, 'store') },
  });
  expect((await askHere(again, path)).status).toBe(200);
  await expectRefusal(again, PATH);
  expect(origin.seen).toHaveLength(2);
});

test('a request that goes to the registry itself is refused', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200));
  await using egress = await startFixture(origin.url);
  for (const path of ['/pass/v2/_catalog', '/pass/v2/', `/pass${PATH}`]) {
    await expectRefusal(egress, path, { over: 'socket' });
  }
  expect(origin.seen).toEqual([]);
});

test.each(['', '%', '%FF', '%20'])('a refusal of the text %j refuses too', async (text) => {
  await using origin = await startTagOrigin(ONE);
  await using egress = await startFixture(origin.url);
  const { status, body } = await egress.ask(LATEST, { headers: { 'x-no-fetch': text } });
  expect([status, JSON.parse(body).errors[0]]).toEqual([
    403,
    { code: 'DENIED', message: 'this client may not fetch what is not here', detail: null },
  ]);
  expect(origin.seen).toEqual([]);
});
