import { expect, test } from 'vitest';
import { TestStore } from '../testing/store.ts';
import { previewRun } from './preview.ts';

test('names the blobs that would be removed, oldest first, with their repositories; removes nothing', async () => {
  const store = new TestStore();
  const [manifest, layer, keeper] = [store.blob(10, 60), store.blob(100, 50), store.blob(100, 1)];
  store.manifest('quay.io', 'org/app', manifest);
  for (const repository of ['org/app', 'other']) store.layer('quay.io', repository, layer);
  store.layer('docker.io', 'library/debian', layer);
  const limits = { startBytes: 120, targetBytes: 100 };
  const preview = await previewRun(store.root, limits, store.nowMs);
  expect(preview).toMatchObject({ usedBytes: 210, blobs: 3, bytesToFree: 110, problems: [] });
  expect(preview.victims).toMatchObject([
    { digest: manifest, sizeBytes: 10, namedBy: ['quay.io/org/app'] },
    { digest: layer, sizeBytes: 100 },
  ]);
  expect(preview.victims[1]?.namedBy.toSorted()).toEqual([
    'docker.io/library/debian',
    'quay.io/org/app',
    'quay.io/other',
  ]);
  expect([manifest, layer, keeper].every((digest) => store.has(digest))).toBe(true);
});
