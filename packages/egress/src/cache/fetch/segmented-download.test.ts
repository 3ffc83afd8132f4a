import { expect, test } from 'vitest';
import type { Reply } from '../../wire/transport/transport.ts';
import { downloadInSegments, SEGMENT_BYTES, type Segment } from './segmented-download.ts';

const MIB = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;
const ROUND_TRIP_MS = 50;

interface Run {
  /** Simulated milliseconds. */
  readonly tookMs: number;
  readonly asked: readonly (readonly [number, number])[];
  readonly mostAtOnce: number;
  readonly received: number;
}

/**
 * Downloads in simulated time from a source with two rates in bytes per millisecond: one for each
 * connection, one for all together.
 */
async function run(sizeBytes: number, perConnection: number, inAll = Infinity): Promise<Run> {
  let nowMs = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const events: { atMs: number; run: () => void }[] = [];
  const at = (atMs: number) => new Promise<void>((resolve) => events.push({ atMs, run: resolve }));
  const asked: [number, number][] = [];
  const seen = new Set<number>();
  let freeAtMs = 0;
  async function* read({ start, end, opened }: Segment) {
    await opened;
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    for (let position = start; position <= end; position += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, end + 1 - position);
      freeAtMs = Math.max(freeAtMs, nowMs) + length / inAll;
      await at(Math.max(nowMs + length / perConnection, freeAtMs));
      yield Buffer.alloc(length);
    }
    atOnce -= 1;
  }
  let isDone = false;
  const done = downloadInSegments({
    sizeBytes,
    first: { start: 0, end: SEGMENT_BYTES - 1, opened: Promise.resolve({} as Reply) },
    roundTripMs: ROUND_TRIP_MS,
    maxConnections: 4,
    ask: async (start, end) => {
      asked.push([start, end]);
      await at(nowMs + ROUND_TRIP_MS);
      return {} as Reply;
    },
    read,
    write: async (position) => void seen.add(position),
    abandon: () => undefined,
    now: () => nowMs,
  }).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await new Promise(setImmediate);
    const next = events.sort((one, other) => one.atMs - other.atMs).shift();
    if (next === undefined) continue;
    nowMs = Math.max(nowMs, next.atMs);
    next.run();
  }
  await done;
  return { tookMs: nowMs, asked, mostAtOnce, received: seen.size * PIECE_BYTES };
}

/** Expects parts without gap or overlap, up to the end. */
function expectContiguous({ asked }: Run, sizeBytes: number): void {
  let position = SEGMENT_BYTES;
  for (const [start, end] of asked) {
    expect(start).toBe(position);
    position = end + 1;
  }
  expect(position).toBe(sizeBytes);
}

test('uses more connections where each one helps', async () => {
  const sizeBytes = 40 * MIB;
  const found = await run(sizeBytes, 12_500);
  expectContiguous(found, sizeBytes);
  expect(found.mostAtOnce).toBe(4);
  expect(found.tookMs).toBeLessThan(0.5 * (sizeBytes / 12_500));
});

test('tries two connections at most where the source limits all together, and loses no time', async () => {
  const sizeBytes = 32 * MIB;
  const found = await run(sizeBytes, 5000, 5000);
  expectContiguous(found, sizeBytes);
  expect(found.mostAtOnce).toBe(2);
  expect(found.tookMs).toBeLessThan(1.03 * (sizeBytes / 5000));
});

test('gives the place of the next part back while a part is resumed', async () => {
  const asked: number[] = [];
  const free = Promise.withResolvers<void>();
  let nowMs = 0;
  await downloadInSegments({
    sizeBytes: 2 * SEGMENT_BYTES,
    first: { start: 0, end: SEGMENT_BYTES - 1, opened: Promise.resolve({} as Reply) },
    roundTripMs: 0,
    maxConnections: 1,
    ask: async (start) => {
      asked.push(start);
      return { body: { destroy: () => free.resolve() } } as unknown as Reply;
    },
    read: async function* ({ start, end }, onResume) {
      // A rate is known from the second piece on.
      yield Buffer.alloc(PIECE_BYTES / 2);
      yield Buffer.alloc(PIECE_BYTES / 2);
      if (start === 0) {
        expect(asked).toEqual([SEGMENT_BYTES]);
        onResume();
        await free.promise;
      }
      yield Buffer.alloc(end + 1 - start - PIECE_BYTES);
    },
    write: async () => undefined,
    abandon: () => undefined,
    now: () => {
      nowMs += 0.001;
      return nowMs;
    },
  });
  expect(asked).toEqual([SEGMENT_BYTES, SEGMENT_BYTES]);
});

test('ends all connections when reading one part throws', async () => {
  const failing = downloadInSegments({
    sizeBytes: 2 * SEGMENT_BYTES,
    first: { start: 0, end: SEGMENT_BYTES - 1, opened: Promise.resolve({} as Reply) },
    roundTripMs: 0,
    maxConnections: 4,
    ask: async () => ({}) as Reply,
    // biome-ignore lint/correctness/useYield: it fails before its first byte.
    read: async function* () {
      throw new Error('broken');
    },
    write: async () => undefined,
    abandon: () => undefined,
    now: () => 0,
  });
  await expect(failing).rejects.toThrow('broken');
});
