import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { blobFile, layerLinkDir, repositoryDir } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { LARGE, LARGE_DIGEST, LARGE_PATH, startLargeBlobOrigin } from '../testing/large-blob.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const OTHER_PATH = LARGE_PATH.replace('team/app', 'other/app');

function isLinked({ dir }: EgressFixture, repository = 'team/app', upstreamId = 'up') {
  const place = repositoryDir(join(dir, 'store'), upstreamId, repository);
  return readFile(join(layerLinkDir(place, LARGE_DIGEST), 'link'), 'utf8').then(
    (link) => link === LARGE_DIGEST,
    () => false,
  );
}

async function isStored({ dir }: EgressFixture, digest = LARGE_DIGEST): Promise<boolean> {
  const bytes = await readFile(blobFile(join(dir, 'store'), digest)).catch(() => undefined);
  return bytes !== undefined && digestOf(bytes) === digest;
}

function inFlight({ dir }: EgressFixture): Promise<string[]> {
  return readdir(join(dir, 'store', 'egress'));
}

async function isWhole(response: IncomingMessage): Promise<boolean> {
  return (await buffer(response)).equals(LARGE);
}

test('simultaneous requests cost one fetch, and hot lane and engines find the blob', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  const herd = Array.from({ length: 20 }, async () => isWhole(await egress.open(LARGE_PATH)));
  expect(await Promise.all(herd)).toEqual(herd.map(() => true));
  expect(origin.state.sentBytes).toBe(LARGE.length);
  await expect.poll(() => isLinked(egress)).toBe(true);
  expect(await isStored(egress)).toBe(true);
  expect(await inFlight(egress)).toEqual([]);
  const got = await egress.ask(LARGE_PATH, { over: 'socket' });
  expect([got.status, got.headers['x-accel-redirect'], got.headers['x-cache']]).toEqual([
    200,
    `/stored/${LARGE_DIGEST.replace(':', '/')}`,
    'HIT',
  ]);
  expect(await isWhole(await egress.open(LARGE_PATH))).toBe(true);
  expect(origin.state.sentBytes).toBe(LARGE.length);
});

test('a late client reads from the first byte while the fetch still runs', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  origin.state.gate = 6_000_000;
  const early = await egress.open(LARGE_PATH);
  await once(early, 'readable');
  await expect.poll(() => origin.state.sentBytes).toBeGreaterThan(5_000_000);
  const late = await egress.open(LARGE_PATH);
  const [first] = await once(late, 'data');
  expect(LARGE.subarray(0, first.length).equals(first)).toBe(true);
  expect(late.headers['content-length']).toBe(String(LARGE.length));
  late.pause();
  late.unshift(first);
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect(await Promise.all([isWhole(early), isWhole(late)])).toEqual([true, true]);
  expect(origin.state.sentBytes).toBe(LARGE.length);
});

test('a client that leaves ends neither the fetch of others nor the storing', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  origin.state.gate = 2_000_000;
  const first = await egress.open(LARGE_PATH);
  const second = await egress.open(LARGE_PATH);
  first.destroy();
  second.destroy();
  await expect.poll(() => origin.state.sentBytes).toBeGreaterThan(1_900_000);
  origin.state.gate = Number.POSITIVE_INFINITY;
  await expect.poll(() => isLinked(egress)).toBe(true);
  expect(origin.state.sentBytes).toBe(LARGE.length);
});

test('a client that resumes joins the fetch of its first attempt', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  origin.state.gate = 6_000_000;
  const first = await egress.open(LARGE_PATH);
  await once(first, 'data');
  first.destroy();
  const rest = await egress.open(LARGE_PATH, { headers: { range: 'bytes=1000000-' } });
  expect([rest.statusCode, rest.headers['content-range']]).toEqual([
    206,
    `bytes 1000000-${LARGE.length - 1}/${LARGE.length}`,
  ]);
  const part = await egress.open(LARGE_PATH, { headers: { range: 'bytes=5-1000004' } });
  expect((await buffer(part)).equals(LARGE.subarray(5, 1_000_005))).toBe(true);
  const head = await egress.ask(LARGE_PATH, { method: 'HEAD' });
  expect(head.headers['content-length']).toBe(String(LARGE.length));
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect((await buffer(rest)).equals(LARGE.subarray(1_000_000))).toBe(true);
  expect(origin.state.sentBytes).toBe(LARGE.length);
});

test('wrong bytes are not stored, and no client gets their end', async () => {
  await using origin = await startLargeBlobOrigin();
  origin.state.content = Buffer.from(LARGE);
  origin.state.content[7_000_000] = 255;
  await using egress = await startFixture(origin.url);
  const herd = Array.from({ length: 5 }, async () => isWhole(await egress.open(LARGE_PATH)));
  await expect(Promise.any(herd)).rejects.toThrow();
  expect([await isStored(egress), await isLinked(egress)]).toEqual([false, false]);
  expect(await inFlight(egress)).toEqual([]);
  origin.state.content = LARGE;
  expect(await isWhole(await egress.open(LARGE_PATH))).toBe(true);
});

test.each([
  ['too short', LARGE.subarray(1)],
  ['too long', Buffer.concat([LARGE, Buffer.from('more')])],
])('a blob that is %s is never stored', async (_name, content) => {
  await using origin = await startLargeBlobOrigin();
  origin.state.content = content;
  await using egress = await startFixture(origin.url);
  await expect(isWhole(await egress.open(LARGE_PATH))).rejects.toThrow();
  expect([await isStored(egress), await inFlight(egress)]).toEqual([false, []]);
});

test('a small blob of wrong bytes is fetched once more before clients get any of it', async () => {
  const small = Buffer.from('{"config":true}');
  let count = 0;
  await using origin = await startLargeBlobOrigin((_seen, response) => {
    count += 1;
    reply(response, 200, count === 1 ? 'x'.repeat(small.length) : small);
    return true;
  });
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(`/v2/team/app/blobs/${digestOf(small)}`);
  expect([got.status, got.body, count]).toEqual([200, small.toString(), 2]);
  await expect.poll(() => isStored(egress, digestOf(small))).toBe(true);
});

test('another repository joins a running fetch only after the upstream has confirmed access', async () => {
  await using origin = await startLargeBlobOrigin((seen, response) => {
    if (!seen.url.includes('secret/')) return false;
    reply(response, 403, '{"errors":[{"code":"DENIED"}]}');
    return true;
  });
  await using egress = await startFixture(origin.url);
  origin.state.gate = 2_000_000;
  const first = await egress.open(LARGE_PATH);
  const denied = await egress.ask(LARGE_PATH.replace('team/app', 'secret/app'));
  expect(denied.status).toBe(403);
  const other = await egress.open(OTHER_PATH);
  expect(origin.lines().filter((line) => !line.endsWith(LARGE_PATH))).toEqual([
    `HEAD ${LARGE_PATH.replace('team/app', 'secret/app')}`,
    `GET ${LARGE_PATH.replace('team/app', 'secret/app')}`,
    `HEAD ${OTHER_PATH}`,
  ]);
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect(await Promise.all([isWhole(first), isWhole(other)])).toEqual([true, true]);
  await expect.poll(() => isLinked(egress, 'other/app')).toBe(true);
  expect(await isLinked(egress, 'secret/app')).toBe(false);
  expect(origin.state.sentBytes).toBe(LARGE.length);
});

test('a stored blob is linked for another repository after a HEAD, without a fetch', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url, {
    options: {
      upstreams: ['up', 'second'].map((id) => upstreamAt(origin.url, { id, key: id })),
    },
  });
  expect(await isWhole(await egress.open(LARGE_PATH))).toBe(true);
  const asked = origin.seen.length;
  for (const [id, path] of [
    ['up', OTHER_PATH],
    ['second', LARGE_PATH],
  ] as const) {
    const got = await egress.ask(path, { id, over: 'socket' });
    expect(got.headers).toMatchObject({ 'x-accel-redirect': expect.stringMatching(/^\/stored\//) });
    expect(await isLinked(egress, path.slice(4, path.indexOf('/blobs')), id)).toBe(true);
  }
  expect(origin.lines().slice(asked)).toEqual([`HEAD ${OTHER_PATH}`, `HEAD ${LARGE_PATH}`]);
});

test('a web page in answer to a HEAD does not confirm access to a stored blob', async () => {
  const page = '<html>please log in</html>';
  await using origin = await startLargeBlobOrigin((seen, response) => {
    if (!seen.url.includes('secret/')) return false;
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': page.length });
    response.end(seen.method === 'HEAD' ? undefined : page);
    return true;
  });
  await using egress = await startFixture(origin.url);
  const secret = LARGE_PATH.replace('team/app', 'secret/app');
  origin.state.gate = 2_000_000;
  const first = await egress.open(LARGE_PATH);
  expect(await isWhole(await egress.open(secret))).toBe(false);
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect(await isWhole(first)).toBe(true);
  await expect.poll(() => isLinked(egress, 'team/app')).toBe(true);
  expect(await isWhole(await egress.open(secret))).toBe(false);
  expect(await isLinked(egress, 'secret/app')).toBe(false);
});

test('an upstream that never names sizes is asked by GET for each repository', async () => {
  const gets: string[] = [];
  await using origin = await startOrigin((seen, response) => {
    if (seen.method === 'GET') gets.push(seen.url);
    response.writeHead(200).write(LARGE.subarray(0, 1_000));
    response.end(seen.method === 'HEAD' ? undefined : LARGE.subarray(1_000));
  });
  await using egress = await startFixture(origin.url);
  expect(await isWhole(await egress.open(LARGE_PATH))).toBe(true);
  await expect.poll(() => isLinked(egress, 'team/app')).toBe(true);
  expect(await isWhole(await egress.open(OTHER_PATH))).toBe(true);
  await expect.poll(() => isLinked(egress, 'other/app')).toBe(true);
  expect(gets).toContain(OTHER_PATH);
});

test('an evicted blob is fetched again, also if its link is left', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  expect(await isWhole(await egress.open(LARGE_PATH))).toBe(true);
  await expect.poll(() => isLinked(egress)).toBe(true);
  await rm(blobFile(join(egress.dir, 'store'), LARGE_DIGEST));
  expect(await isWhole(await egress.open(LARGE_PATH))).toBe(true);
  expect(origin.state.sentBytes).toBe(2 * LARGE.length);
});

test('without a reservation each reader gets checked bytes of its own fetch', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  const folder = join(egress.dir, 'store', 'egress');
  await rm(folder, { recursive: true });
  await writeFile(folder, 'no folder');
  const herd = Array.from({ length: 3 }, async () => isWhole(await egress.open(LARGE_PATH)));
  expect(await Promise.all(herd)).toEqual([true, true, true]);
  origin.state.content = Buffer.from(LARGE);
  origin.state.content[0] = 255;
  await expect(isWhole(await egress.open(LARGE_PATH))).rejects.toThrow();
  await expect(stat(blobFile(join(egress.dir, 'store'), LARGE_DIGEST))).rejects.toThrow('ENOENT');
});

/** Sorted. */
const A_BODY_AND_ITS_LIST = [
  expect.stringMatching(/^[0-9a-f]{24}$/),
  expect.stringMatching(/^[0-9a-f]{24}\.ranges$/),
];

test('a stop ends unread fetches at once, gives the others their time, and leaves their files to the next egress', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  origin.state.gate = 2_000_000;
  const unread = Buffer.from('elsewhere');
  const left = await egress.open(`/v2/team/app/blobs/${digestOf(unread)}`);
  left.destroy();
  const read = await egress.open(LARGE_PATH);
  await once(read, 'readable');
  const stopping = egress.stop(10_000);
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect(await isWhole(read)).toBe(true);
  await stopping;
  expect([await isStored(egress), await inFlight(egress)]).toEqual([true, A_BODY_AND_ITS_LIST]);
});

test('a stop cuts readers off after its time, and leaves the file to the next egress', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startFixture(origin.url);
  origin.state.gate = 2_000_000;
  const read = await egress.open(LARGE_PATH);
  await once(read, 'readable');
  await Promise.all([egress.stop(50), expect(isWhole(read)).rejects.toThrow()]);
  expect([await isStored(egress), await inFlight(egress)]).toEqual([false, A_BODY_AND_ITS_LIST]);
});
