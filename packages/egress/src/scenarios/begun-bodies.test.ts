import { once } from 'node:events';
import { cp, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { LARGE, LARGE_DIGEST, LARGE_PATH, startLargeBlobOrigin } from '../testing/large-blob.ts';
import { digestOf } from '../wire/http/digest.ts';

const CUT_AT = 6_000_000;
/** The end of what arrived may not be noted yet, and the origin sends pieces. */
const TWICE_BYTES = 600_000;

const folderOf = (dir: string) => join(dir, 'store', 'egress');

/** An egress that has some of LARGE, and is killed: its files as they are at that moment. */
async function begin(origin: Awaited<ReturnType<typeof startLargeBlobOrigin>>) {
  origin.state.gate = CUT_AT;
  const killed = await startFixture(origin.url);
  onTestFinished(() => killed[Symbol.asyncDispose]());
  const reading = await killed.open(LARGE_PATH);
  reading.on('error', () => undefined).resume();
  await once(reading, 'readable').catch(() => undefined);
  await vi.waitUntil(async () => (await notedEnd(killed)) > CUT_AT - TWICE_BYTES, {
    timeout: 10_000,
  });
  const copy = await mkdtemp(join(tmpdir(), 'begun-'));
  onTestFinished(() => rm(copy, { recursive: true }));
  await cp(folderOf(killed.dir), copy, { recursive: true });
  await killed.stop(0);
  return { prepare: (dir: string) => cp(copy, folderOf(dir), { recursive: true }) };
}

/** The last byte that a list in its folder names. */
async function notedEnd({ dir }: EgressFixture): Promise<number> {
  const names = (await readdir(folderOf(dir))).filter((name) => name.endsWith('.ranges'));
  const texts = await Promise.all(names.map((name) => readFile(join(folderOf(dir), name), 'utf8')));
  const ends = texts.join('').match(/\d+$/gm) ?? [];
  return Math.max(0, ...ends.slice(1).map(Number));
}

async function pull(egress: EgressFixture): Promise<string> {
  return digestOf(await buffer(await egress.open(LARGE_PATH)));
}

test('the next egress goes on with a body that this one was killed in', async () => {
  await using origin = await startLargeBlobOrigin();
  const { prepare } = await begin(origin);
  const sentBefore = origin.state.sentBytes;
  await using egress = await startFixture(origin.url, { prepare });
  origin.state.gate = Number.POSITIVE_INFINITY;
  expect(await pull(egress)).toBe(LARGE_DIGEST);
  const sent = origin.state.sentBytes - sentBefore;
  expect(sent).toBeLessThan(LARGE.length - CUT_AT + TWICE_BYTES);
  await expect.poll(() => readdir(folderOf(egress.dir))).toEqual([]);
});

test('a begun body of wrong bytes is found, and fetched anew', async () => {
  await using origin = await startLargeBlobOrigin();
  const { prepare } = await begin(origin);
  await using egress = await startFixture(origin.url, {
    prepare: async (dir) => {
      await prepare(dir);
      const [body = ''] = (await readdir(folderOf(dir))).filter((name) => !name.includes('.'));
      await using file = await open(join(folderOf(dir), body), 'r+');
      await file.write(Buffer.from('wrong'), 0, 5, 1000);
    },
  });
  origin.state.gate = Number.POSITIVE_INFINITY;
  await expect(pull(egress)).rejects.toThrow();
  expect(await pull(egress)).toBe(LARGE_DIGEST);
});

test('a begun body is dropped where the upstream takes no Range any more', async () => {
  let takesRange = true;
  await using origin = await startLargeBlobOrigin((_seen, response) => {
    if (takesRange) return false;
    response.writeHead(200, { 'content-length': String(LARGE.length) }).end(LARGE);
    return true;
  });
  const { prepare } = await begin(origin);
  await using egress = await startFixture(origin.url, { prepare });
  origin.state.gate = Number.POSITIVE_INFINITY;
  takesRange = false;
  expect(await pull(egress)).toBe(LARGE_DIGEST);
  await expect.poll(() => readdir(folderOf(egress.dir))).toEqual([]);
});

test('a begun body is kept while the upstream refuses', async () => {
  let isAway = false;
  await using origin = await startLargeBlobOrigin((_seen, response) => {
    if (isAway) response.writeHead(404).end();
    return isAway;
  });
  const { prepare } = await begin(origin);
  await using egress = await startFixture(origin.url, {
    prepare,
    options: { notFoundMs: 1 },
  });
  isAway = true;
  expect((await egress.ask(LARGE_PATH)).status).toBe(404);
  isAway = false;
  origin.state.gate = Number.POSITIVE_INFINITY;
  const sentBefore = origin.state.sentBytes;
  expect(await pull(egress)).toBe(LARGE_DIGEST);
  expect(origin.state.sentBytes - sentBefore).toBeLessThan(LARGE.length - CUT_AT + TWICE_BYTES);
});
