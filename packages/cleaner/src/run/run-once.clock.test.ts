import { existsSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { blobFile, layerLinkDir } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { run } from '../testing/run.ts';
import { MINUTE_MS, TestStore } from '../testing/store.ts';

const DAY = 24 * 60;

test('a blob whose times are ahead of the clock ages from now on', async () => {
  const store = new TestStore();
  const ahead = store.blob(100, -DAY);
  const file = blobFile(store.root, ahead);
  await run(store, 0);
  // It counts as brand-new, and stays for this run.
  expect(statSync(file).mtimeMs).toBeLessThanOrEqual(Date.now());
  expect(statSync(file).atimeMs).toBeLessThanOrEqual(Date.now());
  store.setAges(file, 1, 1);
  expect(await run(store, 0)).toMatchObject({ evictedBlobs: 1 });
});

test('a blob used now outlives a blob whose access time was ahead', async () => {
  const store = new TestStore();
  const ahead = store.blob(100, -DAY, { writtenAge: 60 });
  await run(store, 1000);
  const used = store.blob(100, -0.5, { writtenAge: 60 });
  await run(store, 100);
  expect([store.has(ahead), store.has(used)]).toEqual([false, true]);
});

test('a download with times ahead of the clock counts as left behind after ten minutes', async () => {
  const store = new TestStore();
  const upload = store.upload('quay.io', 'app', 50, -DAY);
  await run(store, 1000);
  expect(statSync(join(upload, 'data')).mtimeMs).toBeLessThanOrEqual(Date.now());
  store.age(upload, 11);
  expect(await run(store, 1000)).toMatchObject({ leftoverBytes: 50 });
});

test('a dead link goes although its time is ahead of the clock', async () => {
  const store = new TestStore();
  const digest = store.blob(100, 60);
  store.layer('quay.io', 'app', digest);
  const link = join(layerLinkDir(store.repository('quay.io', 'app'), digest), 'link');
  const aheadS = (store.nowMs + DAY * MINUTE_MS) / 1000;
  utimesSync(link, aheadS, aheadS);
  await run(store, 0);
  expect(existsSync(link)).toBe(false);
});
