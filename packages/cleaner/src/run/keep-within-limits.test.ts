import { mkdirSync, rmSync } from 'node:fs';
import { addPin, removePin } from '@registry-cache/pins';
import { expect, test, vi } from 'vitest';
import { Ledger } from '../reservations/ledger.ts';
import { ReservationQueue } from '../reservations/queue.ts';
import { TestStore } from '../testing/store.ts';
import { keepWithinLimits } from './keep-within-limits.ts';

const LIMITS = { startBytes: 120, targetBytes: 100 };
const reservation = (bytes: number) => ({ bytes, grantedBytes: 0, sizeBytes: bytes });

function keep(
  store: TestStore,
  readDiskUse: () => Promise<number | undefined>,
  { everyMs = 1e9, diskBytes = 1e9 } = {},
) {
  const stop = new AbortController();
  const ledger = new Ledger(LIMITS, { bytes: 0, percent: null });
  const queue = new ReservationQueue(ledger);
  const events: string[] = [];
  const ended = keepWithinLimits({
    root: store.root,
    limits: LIMITS,
    everyMs,
    pollMs: 5,
    signal: stop.signal,
    nowMs: () => store.nowMs,
    ledger,
    queue,
    readDisk: async () => {
      const usedBytes = await readDiskUse();
      if (usedBytes === undefined) return undefined;
      return { totalBytes: diskBytes, usedBytes, availableBytes: diskBytes - usedBytes };
    },
    onRun: async (reason, { evictedBlobs }) => void events.push(`${reason} ${evictedBlobs}`),
    onFailure: (reason, error) => events.push(`${reason} ${(error as { code: string }).code}`),
  });
  const end = async () => {
    stop.abort();
    await ended;
  };
  return { events, end, queue };
}

test('runs at the start, and again when the use of the disk has grown past the limit', async () => {
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

test('tries again after the store was missing', async () => {
  const store = new TestStore();
  store.blob(130, 60);
  rmSync(store.root, { recursive: true });
  const { events, end } = keep(store, async () => undefined, { everyMs: 20 });
  await vi.waitFor(() => expect(events).toContain('timer STORE_MISSING'), 10_000);
  mkdirSync(store.root);
  await vi.waitFor(() => expect(events).toContain('timer 0'), 10_000);
  await end();
});

test('serves all waiting reservations by one run', async () => {
  const store = new TestStore();
  for (const age of [60, 50, 40]) store.blob(35, age);
  const { events, end, queue } = keep(store, async () => 1000);
  await vi.waitFor(() => expect(events).toEqual(['start 0']), 10_000);
  const signal = AbortSignal.timeout(10_000);
  expect(await queue.reserve(reservation(10), signal)).toBe(true);
  // The store holds 105 bytes, and 10 are pending.
  expect(
    await Promise.all([
      queue.reserve(reservation(10), signal),
      queue.reserve(reservation(12), signal),
    ]),
  ).toEqual([true, true]);
  expect(events).toEqual(['start 0', 'reservation 1']);
  expect(await queue.reserve(reservation(121), signal)).toBe(false);
  await end();
});

test('serves many reservations by several runs, each for a share of the store', async () => {
  const store = new TestStore();
  for (const age of [60, 50, 40, 30, 20, 10]) store.blob(20, age);
  const { events, end, queue } = keep(store, async () => 1000);
  await vi.waitFor(() => expect(events).toEqual(['start 0']), 10_000);
  const signal = AbortSignal.timeout(10_000);
  const asked = Array.from({ length: 6 }, () => queue.reserve(reservation(20), signal));
  expect(await Promise.all(asked)).toEqual(new Array(6).fill(true));
  expect(events.length).toBeGreaterThan(2);
  await end();
});

test('refuses when no blob may go, and goes by the disk if it is smaller than the limit', async () => {
  const store = new TestStore();
  for (const age of [0, 0]) store.blob(40, age);
  const { events, end, queue } = keep(store, async () => 900, { diskBytes: 910 });
  await vi.waitFor(() => expect(events).toEqual(['start 0']), 10_000);
  expect(await queue.reserve(reservation(11), AbortSignal.timeout(10_000))).toBe(false);
  expect(await queue.reserve(reservation(10), AbortSignal.timeout(10_000))).toBe(true);
  await end();
});

test('a blob of unknown size gets a share of the store, and evicts nothing beyond it', async () => {
  const store = new TestStore();
  for (const age of [60, 50, 40, 30]) store.blob(25, age);
  const { events, end, queue } = keep(store, async () => 1000);
  await vi.waitFor(() => expect(events).toEqual(['start 0']), 10_000);
  const signal = AbortSignal.timeout(10_000);
  const unknown = (bytes: number, grantedBytes: number) =>
    queue.reserve({ bytes, grantedBytes, sizeBytes: undefined }, signal);
  expect(await unknown(20, 0)).toBe(true);
  expect(await unknown(6, 20)).toBe(false);
  // A blob with too large an announced size is refused at its first step.
  expect(await queue.reserve({ bytes: 5, grantedBytes: 0, sizeBytes: 121 }, signal)).toBe(false);
  expect(events).toEqual(['start 0']);
  await end();
});

test('where pins fill the store, it evicts the rest, refuses at once, and looks again after an unpin', async () => {
  const store = new TestStore();
  const pinned = store.blob(150, 60);
  const other = store.blob(50, 5);
  const reference = { upstreamId: 'quay.io', repository: 'org/app', digest: pinned };
  const since = new Date(0).toISOString();
  await addPin(store.root, { ...reference, why: 'pin', by: 'operator', since });
  const { events, end, queue } = keep(store, async () => 1000);
  await vi.waitFor(() => expect(events).toEqual(['start 1']), 10_000);
  expect([store.has(pinned), store.has(other)]).toEqual([true, false]);
  const signal = AbortSignal.timeout(10_000);
  expect(await queue.reserve(reservation(10), signal)).toBe(false);
  expect(events).toEqual(['start 1']);
  await removePin(store.root, reference);
  await vi.waitFor(() => expect(events).toEqual(['start 1', 'pins 1']), 10_000);
  expect(await queue.reserve(reservation(10), signal)).toBe(true);
  await end();
});

test('evicts other content for a reservation while pins hold less than the limit', async () => {
  const store = new TestStore();
  const pinned = store.blob(60, 60);
  store.blob(50, 5);
  const since = new Date(0).toISOString();
  const reference = { upstreamId: 'quay.io', repository: 'org/app', digest: pinned };
  await addPin(store.root, { ...reference, why: 'pin', by: 'operator', since });
  const { events, end, queue } = keep(store, async () => 1000);
  await vi.waitFor(() => expect(events).toEqual(['start 0']), 10_000);
  const signal = AbortSignal.timeout(10_000);
  expect(await queue.reserve(reservation(61), signal)).toBe(false);
  expect(await queue.reserve(reservation(30), signal)).toBe(true);
  expect(events).toEqual(['start 0', 'reservation 1']);
  expect(store.has(pinned)).toBe(true);
  await end();
});
