import { expect, test } from 'vitest';
import { addImage, run } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';
import { describeEvictions } from './describe-evictions.ts';

test('tells the evicted blobs with their size, last access and the repositories that had them', async () => {
  const store = new TestStore();
  const { manifest, config, layer } = addImage(store, 'quay.io', 'org/old', 60);
  store.layer('docker.io', 'library/other', layer);
  addImage(store, 'quay.io', 'org/recent', 5);
  const report = await run(store, 300, 360);
  const lastAccessMs = expect.closeTo(store.nowMs - 60 * 60_000, -3);
  const blob = { sizeBytes: 100, lastAccessMs };
  expect(report.evicted).toHaveLength(3);
  expect(report.evicted).toEqual(
    expect.arrayContaining([
      { ...blob, digest: manifest, namedBy: ['quay.io/org/old'] },
      { ...blob, digest: config, namedBy: ['quay.io/org/old'] },
      { ...blob, digest: layer, namedBy: expect.arrayContaining(['docker.io/library/other']) },
    ]),
  );
  const events = describeEvictions(report, 'reservation');
  expect(events).toHaveLength(3);
  expect(events[0]).toMatchObject({ event: 'eviction', reason: 'reservation', sizeBytes: 100 });
});

test('tells the rest of very many blobs as one event', () => {
  const evicted = [{ digest: 'sha256:a', sizeBytes: 10, lastAccessMs: 0, namedBy: [] }];
  const report = { evicted, evictedBlobs: 5, evictedBytes: 100, startedMs: 0, durationMs: 1 };
  expect(describeEvictions(report, 'timer')).toMatchObject([
    { event: 'eviction', digest: 'sha256:a' },
    { event: 'evictions', blobs: 4, sizeBytes: 90, time: '1970-01-01T00:00:00.001Z' },
  ]);
});
