import { expect, test } from 'vitest';
import { addImage } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';
import { previewRun } from './preview.ts';
import { runOnce } from './run-once.ts';

const LIMITS = { startBytes: 1e9, targetBytes: 1e9 };
const ROOM = { availableBytes: 1e9, minFreeBytes: 0 };

test('evicts the oldest images with their links when only inodes are short', async () => {
  const store = new TestStore();
  const old = addImage(store, 'quay.io', 'old', 60);
  const recent = addImage(store, 'quay.io', 'recent', 10);
  const disk = { ...ROOM, inodes: { available: 5, minFree: 10 } };
  const preview = await previewRun(store.root, LIMITS, Date.now(), disk);
  expect(preview.victims).toHaveLength(3);
  const options = { root: store.root, limits: LIMITS, nowMs: Date.now, sweepAlways: false };
  expect(await runOnce({ ...options, disk })).toMatchObject({ evictedBlobs: 3 });
  expect([store.has(old.layer), store.has(recent.layer)]).toEqual([false, true]);
  const enough = { ...ROOM, inodes: { available: 10, minFree: 10 } };
  expect(await runOnce({ ...options, disk: enough })).toMatchObject({ evictedBlobs: 0 });
});
