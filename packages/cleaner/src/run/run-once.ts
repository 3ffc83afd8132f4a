import type { OldestBlobs } from '@registry-cache/domain';
import { HeldReader } from '@registry-cache/pins';
import { findEmpty, findWrongSizes } from '../damage/find-wrong-sizes.ts';
import { removeDamaged } from '../damage/remove-damaged.ts';
import { createPace } from '../pace.ts';
import { type DiskSpace, INODES_PER_FETCH, inodesToFree } from '../plan/disk-space.ts';
import { boundByDisk, boundByPins, type Limits } from '../plan/limits.ts';
import { MIN_AGE_MS, planEviction } from '../plan/plan-eviction.ts';
import { type Problem, Problems } from '../problems.ts';
import { type Eviction, evictBlobs } from '../remove/evict-blobs.ts';
import { type EvictedBlob, EvictedBlobs } from '../remove/evicted-blobs.ts';
import { Liveness } from '../remove/liveness.ts';
import { removeShells, removeStalled } from '../remove/remove-leftovers.ts';
import type { Sweep } from '../remove/sweep.ts';
import { sweepRepositories } from '../remove/sweep-repositories.ts';
import { findOldest } from '../scan/find-oldest.ts';
import { holdPinned, type Pinned } from '../scan/hold-pinned.ts';
import { measureStore } from '../scan/measure-store.ts';
import { countRemaining } from '../scan/remaining.ts';

/** Files that have not changed for so long were left behind: no program writes them any more. */
const LEFTOVER_AGE_MS = 10 * 60_000;

export interface RunOptions {
  readonly root: string;
  readonly limits: Limits;
  /** Remembers what pins hold from one run to the next; left out: a new one. */
  readonly held?: HeldReader;
  /** The disk, which may have less space than the limits allow. */
  readonly disk?: DiskSpace;
  /** Bytes to free for the reservations of this run. */
  readonly wantedBytes?: number;
  /** The number of blobs in those reservations. */
  readonly wantedFetches?: number;
  /** Bytes that were granted before and may still be in flight. */
  readonly pendingBytes?: number;
  readonly nowMs: () => number;
  /** Looks for dangling links even if nothing has to be evicted. */
  readonly sweepAlways: boolean;
  /** Compares blobs with the sizes that manifests name, which reads all manifests. */
  readonly checkSizes?: boolean;
  readonly signal?: AbortSignal;
  readonly minAgeMs?: number;
  readonly leftoverAgeMs?: number;
}

export interface RunReport extends Eviction {
  /** The evicted blobs, oldest access first; the first ones of very many. */
  readonly evicted: readonly EvictedBlob[];
  readonly usedBeforeBytes: number;
  readonly usedAfterBytes: number;
  /** Blobs that remain. */
  readonly blobs: number;
  readonly removedLinks: number;
  /** Blobs that were removed because their bytes were wrong. */
  readonly damagedBlobs: number;
  /** Bytes of removed downloads that no program would have finished. */
  readonly leftoverBytes: number;
  /** What pins keep from eviction. */
  readonly pinned: Pinned;
  /** The size that cleaning ends at without pins, on this disk. */
  readonly limitBytes: number;
  /** The number of running downloads. */
  readonly inFlight: number;
  /** The remaining blobs that go first at the next run. */
  readonly oldest: Omit<OldestBlobs, 'measured'>;
  /** The oldest access time of the remaining blobs; undefined if none remain. */
  readonly oldestAccessMs: number | undefined;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly problems: readonly Problem[];
}

/**
 * Measures the store and removes leftovers. If the store is above its limit, evicts blobs with all
 * their links, oldest access first. What pins hold stays, whatever the limit is.
 *
 * @throws StoreMissingError if the store does not exist; the signal's reason after an abort. An
 * abort takes effect between two blobs, so it leaves links at most, which the next run removes.
 */
export async function runOnce(options: RunOptions): Promise<RunReport> {
  const { root, limits, nowMs, minAgeMs = MIN_AGE_MS, leftoverAgeMs = LEFTOVER_AGE_MS } = options;
  const startedMs = nowMs();
  const leftSinceMs = startedMs - leftoverAgeMs;
  const problems = new Problems();
  const pace = createPace(options.signal);
  const usage = await measureStore(root, problems, pace, startedMs);
  const { table } = usage;
  const leftoverBytes = removeStalled(usage.inFlight, leftSinceMs, problems);
  removeShells(usage.shells, leftSinceMs, problems);

  const suspects = options.checkSizes
    ? [...findEmpty(table), ...(await findWrongSizes(root, table, problems, pace))]
    : findEmpty(table);
  const damage = await removeDamaged(root, table, suspects, problems, pace);

  const usedBytes = usage.usedBytes - leftoverBytes - damage.bytes;
  const inFlight = usage.inFlight.filter(({ newestMtimeMs }) => newestMtimeMs > leftSinceMs).length;
  const pendingBytes = inFlight === 0 ? 0 : (options.pendingBytes ?? 0);
  const held = options.held ?? new HeldReader(root);
  const pinned = await holdPinned(held, table, { isThorough: options.sweepAlways, pace });
  const bound = boundByDisk(limits, usedBytes, options.disk);
  const plan = planEviction(table, {
    usedBytes: usedBytes + pendingBytes + (options.wantedBytes ?? 0),
    limits: boundByPins(bound, pinned.bytes),
    inodesToFree: inodesToFree(options.disk, (options.wantedFetches ?? 0) * INODES_PER_FETCH),
    nowMs: startedMs,
    minAgeMs,
  });
  const liveness = new Liveness(root, table, problems);
  const youngestMs = startedMs - minAgeMs;
  const evicted = new EvictedBlobs(table);
  const onUnlinked: Sweep['onUnlinked'] = (...link) => evicted.name(...link);
  let removedLinks = 0;
  const sweep = async () => {
    const context = {
      root,
      liveness,
      problems,
      pace,
      startedMs,
      youngestMs,
      leftSinceMs,
      onUnlinked,
    };
    removedLinks += await sweepRepositories(context);
  };
  const eviction = await evictBlobs(root, table, plan, {
    ...{ problems, pace, afterBatch: sweep },
    onEvicted: (row) => evicted.add(row),
  });
  const isSwept = eviction.shrunkBytes > 0;
  if ((options.sweepAlways || damage.blobs > 0) && !isSwept) await sweep();

  return {
    ...eviction,
    ...countRemaining(table),
    evicted: evicted.list(),
    usedBeforeBytes: usage.usedBytes,
    usedAfterBytes: usedBytes - eviction.shrunkBytes,
    removedLinks,
    damagedBlobs: damage.blobs,
    leftoverBytes,
    pinned,
    limitBytes: bound.targetBytes,
    inFlight,
    oldest: findOldest(table),
    startedMs,
    durationMs: nowMs() - startedMs,
    problems: problems.list(),
  };
}
