import { createHash } from 'node:crypto';
import { existsSync, truncateSync } from 'node:fs';
import { blobFile, layerLinkDir } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { TestStore } from '../testing/store.ts';
import { runOnce } from './run-once.ts';

const digestOf = (content: string) =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

function put(store: TestStore, content: string, age = 60): string {
  const digest = digestOf(content);
  store.write(blobFile(store.root, digest), content);
  store.setAges(blobFile(store.root, digest), age, age);
  return digest;
}

/** A layer of real bytes, and the manifest of its image. */
function addRealImage(store: TestStore, sizeBytes?: number) {
  const content = 'x'.repeat(2_000_000);
  const layer = put(store, content);
  const size = sizeBytes ?? content.length;
  const manifest = put(store, JSON.stringify({ layers: [{ digest: layer, size }] }));
  store.layer('quay.io', 'app', layer);
  store.manifest('quay.io', 'app', manifest);
  return { layer, manifest, link: layerLinkDir(store.repository('quay.io', 'app'), layer) };
}

const run = (store: TestStore, checkSizes: boolean) =>
  runOnce({
    root: store.root,
    limits: { startBytes: 1e9, targetBytes: 1e9 },
    nowMs: Date.now,
    sweepAlways: false,
    checkSizes,
  });

test('a check of sizes removes a truncated blob with its link', async () => {
  const store = new TestStore();
  const { layer, manifest, link } = addRealImage(store);
  truncateSync(blobFile(store.root, layer), 1000);
  expect(await run(store, false)).toMatchObject({ damagedBlobs: 0 });
  expect(await run(store, true)).toMatchObject({ damagedBlobs: 1, blobs: 1 });
  expect([store.has(layer), store.has(manifest), existsSync(link)]).toEqual([false, true, false]);
});

test('a manifest that names a wrong size costs no blob', async () => {
  const store = new TestStore();
  const { layer } = addRealImage(store, 7);
  expect(await run(store, true)).toMatchObject({ damagedBlobs: 0, blobs: 2 });
  expect(store.has(layer)).toBe(true);
});

test('every run removes an empty blob, unless its digest is that of empty content', async () => {
  const store = new TestStore();
  const { layer } = addRealImage(store);
  truncateSync(blobFile(store.root, layer), 0);
  const nothing = put(store, '');
  const report = await run(store, false);
  expect(report).toMatchObject({ damagedBlobs: 1, usedAfterBytes: report.usedBeforeBytes });
  expect([store.has(layer), store.has(nothing)]).toEqual([false, true]);
});
