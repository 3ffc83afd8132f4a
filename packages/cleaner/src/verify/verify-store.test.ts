import { createHash } from 'node:crypto';
import { statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { createPace } from '../pace.ts';
import { TestStore } from '../testing/store.ts';
import { createPolitePace } from './polite-pace.ts';
import { type VerifyProgress, verifyStore } from './verify-store.ts';

function put(store: TestStore, content: string): string {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  store.write(blobFile(store.root, digest), content);
  store.setAges(blobFile(store.root, digest), 60, 60);
  return digest;
}

function verify(store: TestStore, remove = false, pace = createPace()) {
  const progress: VerifyProgress[] = [];
  const report = verifyStore({
    root: store.root,
    nowMs: store.nowMs,
    pace,
    remove,
    onProgress: (now) => progress.push(now),
  });
  return { report, progress };
}

function createDamagedStore() {
  const store = new TestStore();
  const [good, short, changed, empty] = ['good', 'short', 'changed', 'empty'].map((word) =>
    put(store, word.repeat(100_000)),
  ) as [string, string, string, string];
  store.layer('quay.io', 'team/app', short);
  store.layer('ghcr.io', 'other', short);
  store.manifest('quay.io', 'team/app', changed);
  store.layer('quay.io', 'team/app', good);
  truncateSync(blobFile(store.root, short), 1000);
  writeFileSync(blobFile(store.root, changed), 'CHANGED'.repeat(100_000));
  truncateSync(blobFile(store.root, empty), 0);
  return { store, good, short, changed, empty };
}

test('finds all damaged blobs and no others, with the repositories that use them', async () => {
  const { store, good, short, changed, empty } = createDamagedStore();
  const { report, progress } = verify(store);
  const { damaged, blobs, problems } = await report;
  const named = Object.fromEntries(
    damaged.map(({ digest, namedBy }) => [digest, namedBy.toSorted()]),
  );
  expect(named).toEqual({
    [short]: ['ghcr.io/other', 'quay.io/team/app'],
    [changed]: ['quay.io/team/app'],
    [empty]: [],
  });
  expect([blobs, problems, store.has(short), store.has(good)]).toEqual([4, [], true, true]);
  expect(progress.at(-1)).toMatchObject({ damaged: 3 });
  expect(progress.at(-1)?.doneBytes).toBe(progress.at(-1)?.totalBytes);
});

test('removes damaged blobs if it may', async () => {
  const { store, good, short, changed, empty } = createDamagedStore();
  const { damaged } = await verify(store, true).report;
  expect(damaged.every(({ isRemoved }) => isRemoved)).toBe(true);
  expect([good, short, changed, empty].map((digest) => store.has(digest))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect((await verify(store).report).damaged).toEqual([]);
});

test('leaves access times alone, and skips blobs that go meanwhile', async () => {
  const store = new TestStore();
  const stays = put(store, 'stays');
  const goes = put(store, 'goes');
  const { atimeMs } = statSync(blobFile(store.root, stays));
  let isFirst = true;
  const pace = {
    due: () => false,
    async rest() {
      if (isFirst)
        for (const digest of [stays, goes])
          if (digest === goes) unlinkSync(blobFile(store.root, goes));
      isFirst = false;
    },
  };
  const { damaged, problems } = await verify(store, false, pace).report;
  expect([damaged, problems]).toEqual([[], []]);
  expect(statSync(blobFile(store.root, stays)).atimeMs).toBe(atimeMs);
});

test('stops on an abort', async () => {
  const { store } = createDamagedStore();
  const { report } = verify(store, true, createPolitePace(AbortSignal.abort()));
  await expect(report).rejects.toThrow();
});
