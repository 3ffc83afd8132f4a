import { mkdirSync, rmSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { TestStore } from '../testing/store.ts';
import { keepWithinLimits } from './keep-within-limits.ts';

function keep(store: TestStore, readDiskUse: () => Promise<number | undefined>, everyMs = 1e9) {
  const stop = new AbortController();
  const events: string[] = [];
  const ended = keepWithinLimits({
    root: store.root,
    limits: { startBytes: 120, targetBytes: 100 },
    everyMs,
    pollMs: 5,
    signal: stop.signal,
    nowMs: () => store.nowMs,
    readDiskUse,
    onRun: async (reason, { evictedBlobs }) => void events.push(`${reason} ${evictedBlobs}`),
    onFailure: (reason, error) => events.push(`${reason} ${(error as { code: string }).code}`),
  });
  const end = async () => {
    stop.abort();
    await ended;
  };
  return { events, end };
}

test('runs at the start and again when the disk has gained more than there was room for', async () => {
  const store = new TestStore();
  store.blob(60, 60);
  let diskBytes = 1000;
  const { events, end } = keep(store, async () => diskBytes);
  await vi.waitFor(() => expect(events).toEqual(['start 0']), 10_000);
  store.blob(70, 50);
  diskBytes += 70;
  await vi.waitFor(() => expect(events).toEqual(['start 0', 'growth 1']), 10_000);
  await end();
});

test('a store that is not there is tried again', async () => {
  const store = new TestStore();
  store.blob(130, 60);
  rmSync(store.root, { recursive: true });
  const { events, end } = keep(store, async () => undefined, 20);
  await vi.waitFor(() => expect(events).toContain('timer STORE_MISSING'), 10_000);
  mkdirSync(store.root);
  await vi.waitFor(() => expect(events).toContain('timer 0'), 10_000);
  await end();
});
