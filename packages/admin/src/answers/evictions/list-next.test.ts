import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { blobFile, oldestBlobsFile } from '@registry-cache/domain';
import type { Held } from '@registry-cache/pins';
import { expect, it, onTestFinished } from 'vitest';
import type { AnswerDeps } from '../answer-deps.ts';
import { listNext } from './list-next.ts';

const MEASURED = '2026-11-30T10:00:00.000Z';
const HOUR_MS = 3_600_000;

/** A store in which the cleaner has noted blobs, the first used ten hours ago, the next nine. */
function openStore(names: readonly string[], isAll = false) {
  const storeRoot = mkdtempSync(join(tmpdir(), 'registry-cache-next-'));
  onTestFinished(() => rmSync(storeRoot, { recursive: true, force: true }));
  const hoursAgo = (hours: number) => new Date(Date.parse(MEASURED) - hours * HOUR_MS);
  const digestOf = (name: string) => `sha256:${createHash('sha256').update(name).digest('hex')}`;
  const use = (name: string, hours: number) =>
    utimesSync(blobFile(storeRoot, digestOf(name)), hoursAgo(hours), hoursAgo(hours));
  const blobs = names.map((name, index) => {
    const file = blobFile(storeRoot, digestOf(name));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, name);
    use(name, 10 - index);
    const lastAccessMs = hoursAgo(10 - index).getTime();
    return { digest: digestOf(name), sizeBytes: name.length, lastAccessMs };
  });
  const note = (text: string) => {
    mkdirSync(dirname(oldestBlobsFile(storeRoot)), { recursive: true });
    writeFileSync(oldestBlobsFile(storeRoot), text);
  };
  note(JSON.stringify({ measured: MEASURED, isAll, blobs }));
  const pinned: string[] = [];
  const deps = {
    options: { storeRoot },
    images: {
      refresh: async () => undefined,
      imagesWith: (digest: string) => (digest === digestOf('a') ? ['quay.io/team/app:v1'] : []),
    },
    held: {
      current: async () => ({ mayHoldAnything: false, digests: () => pinned.values() }) as Held,
    },
  } as unknown as AnswerDeps;
  const list = async (limit = 100) => {
    const next = await listNext(limit, deps);
    const nameOf = new Map(names.map((name) => [digestOf(name), name]));
    return next?.blobs.map(({ digest }) => nameOf.get(digest));
  };
  return { storeRoot, deps, use, note, list, pin: (name: string) => pinned.push(digestOf(name)) };
}

it('names the blobs that go first, with their images', async () => {
  const { deps, list } = openStore(['a', 'bb', 'ccc']);
  expect(await list()).toEqual(['a', 'bb', 'ccc']);
  expect(await list(2)).toEqual(['a', 'bb']);
  const next = await listNext(1, deps);
  expect(next).toMatchObject({
    measured: MEASURED,
    blobs: [{ bytes: 1, lastAccess: '2026-11-30T00:00:00.000Z', images: ['quay.io/team/app:v1'] }],
  });
});

it('leaves out what was used, evicted or pinned since', async () => {
  const { storeRoot, deps, list, use, pin } = openStore(['a', 'b', 'c', 'd']);
  // Others that are not noted may be older than this.
  use('a', 1);
  pin('b');
  expect(await list()).toEqual(['c', 'd']);
  const [first] = (await listNext(1, deps))?.blobs ?? [];
  rmSync(blobFile(storeRoot, first?.digest ?? ''));
  expect(await list()).toEqual(['d']);
});

it('has them in the order of their last use where all are noted', async () => {
  const { list, use } = openStore(['a', 'b'], true);
  use('a', 1);
  expect(await list()).toEqual(['b', 'a']);
});

it('tells nothing of a note that is missing, broken or a path', async () => {
  const { note, list } = openStore(['a']);
  const blobs = [{ digest: '../../../etc/passwd', sizeBytes: 1, lastAccessMs: 1 }];
  for (const text of [
    '',
    '{',
    '{"blobs":[]}',
    JSON.stringify({ measured: MEASURED, isAll: true, blobs }),
  ]) {
    note(text);
    expect(await list()).toBeUndefined();
  }
});
