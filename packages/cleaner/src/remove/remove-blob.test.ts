import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { blobDir, blobFile } from '@registry-cache/domain';
import { expect, test, vi } from 'vitest';
import { createPace } from '../pace.ts';
import { planEviction } from '../plan/plan-eviction.ts';
import { Problems } from '../problems.ts';
import { scanBlobs } from '../scan/scan-blobs.ts';
import { TestStore } from '../testing/store.ts';
import { evictBlobs } from './evict-blobs.ts';
import { removeBlob } from './remove-blob.ts';

async function scan(store: TestStore) {
  const problems = new Problems();
  const { table, totalBytes } = await scanBlobs(store.root, problems, createPace(), store.nowMs);
  return { table, totalBytes, problems };
}

test('removes the data and its directory', async () => {
  const store = new TestStore();
  const digest = store.blob(10, 60);
  const { table, problems } = await scan(store);
  expect(removeBlob(store.root, table, 0, problems)).toBe('removed');
  expect(existsSync(blobDir(store.root, digest))).toBe(false);
  expect(table.isGone(0)).toBe(true);
});

test.each([
  ['read', 5, 60],
  ['written', 60, 5],
])('spares a blob that was %s after the scan', async (_, accessAge, writtenAge) => {
  const store = new TestStore();
  const digest = store.blob(10, 60);
  const { table, problems } = await scan(store);
  store.setAges(blobFile(store.root, digest), accessAge, writtenAge);
  expect(removeBlob(store.root, table, 0, problems)).toBe('used');
  expect(store.has(digest)).toBe(true);
});

test('a blob that another program has removed counts as missing', async () => {
  const store = new TestStore();
  const digest = store.blob(10, 60);
  const { table, problems } = await scan(store);
  rmSync(blobDir(store.root, digest), { recursive: true });
  expect(removeBlob(store.root, table, 0, problems)).toBe('missing');
  expect(problems.list()).toEqual([]);
});

test('the next oldest blob goes in place of a spared one', async () => {
  const store = new TestStore();
  const [oldest, second, third] = [60, 50, 40].map((age) => store.blob(100, age));
  const { table, totalBytes, problems } = await scan(store);
  const limits = { startBytes: 200, targetBytes: 200 };
  const plan = planEviction(table, { usedBytes: totalBytes, limits, nowMs: store.nowMs });
  store.setAges(blobFile(store.root, oldest ?? ''), 0, 60);
  const afterBatch = vi.fn(async () => {});
  const steps = { problems, pace: createPace(), afterBatch, onEvicted: vi.fn() };
  const eviction = await evictBlobs(store.root, table, plan, steps);
  expect(eviction).toMatchObject({ evictedBlobs: 1, evictedBytes: 100, sparedBlobs: 1 });
  expect([oldest, second, third].map((digest) => store.has(digest ?? ''))).toEqual([
    true,
    false,
    true,
  ]);
  expect(afterBatch).toHaveBeenCalledOnce();
});

test('reports a blob that cannot be removed, and goes on with the next one', async () => {
  const store = new TestStore();
  const digest = store.blob(10, 60);
  const next = store.blob(5000, 50);
  rmSync(blobFile(store.root, digest));
  // No user can unlink a directory, so the test also works as root.
  mkdirSync(blobFile(store.root, digest));
  store.setAges(blobFile(store.root, digest), 60, 60);
  const { table, totalBytes, problems } = await scan(store);
  const limits = { startBytes: 0, targetBytes: totalBytes - 5000 };
  const plan = planEviction(table, { usedBytes: totalBytes, limits, nowMs: store.nowMs });
  const steps = {
    ...{ problems, pace: createPace(), afterBatch: async () => {} },
    onEvicted: () => {},
  };
  const eviction = await evictBlobs(store.root, table, plan, steps);
  expect(eviction.evictedBlobs).toBe(1);
  expect(store.has(next)).toBe(false);
  expect(problems.list()).toMatchObject([{ count: 1, firstPath: blobFile(store.root, digest) }]);
});
