import type { Pace } from '../pace.ts';
import { type EvictionPlan, isFreed } from '../plan/plan-eviction.ts';
import type { Problems } from '../problems.ts';
import type { BlobTable } from '../scan/blob-table.ts';
import { removeBlob } from './remove-blob.ts';

/** The number of blobs that go before their links do. */
const BATCH_BLOBS = 20_000;

export interface Eviction {
  readonly evictedBytes: number;
  readonly evictedBlobs: number;
  /** Blobs of the plan that stay because they were served after the scan. */
  readonly sparedBlobs: number;
  /** The bytes by which the store shrank, whoever removed them. */
  readonly shrunkBytes: number;
}

/**
 * Carries a plan out, batch by batch, until it has freed enough. After each batch, `afterBatch`
 * removes the links to the removed blobs.
 */
export async function evictBlobs(
  root: string,
  table: BlobTable,
  plan: EvictionPlan,
  { problems, pace, afterBatch, onEvicted }: EvictDeps,
): Promise<Eviction> {
  const done = { evictedBytes: 0, evictedBlobs: 0, sparedBlobs: 0, shrunkBytes: 0 };
  let inBatch = 0;
  let goneBlobs = 0;
  for (const row of plan.order) {
    if (isFreed(plan, done.shrunkBytes, goneBlobs)) break;
    if (pace.due()) await pace.rest();
    const sizeBytes = table.sizesBytes[row] ?? 0;
    const outcome = removeBlob(root, table, row, problems);
    if (outcome === 'used') done.sparedBlobs += 1;
    if (outcome === 'removed' || outcome === 'missing') {
      done.shrunkBytes += sizeBytes;
      inBatch += 1;
      goneBlobs += 1;
    }
    if (outcome === 'removed') {
      onEvicted(row);
      done.evictedBlobs += 1;
      done.evictedBytes += sizeBytes;
    }
    if (inBatch === BATCH_BLOBS) {
      await afterBatch();
      inBatch = 0;
    }
  }
  if (inBatch > 0) await afterBatch();
  return done;
}

export interface EvictDeps {
  readonly problems: Problems;
  readonly pace: Pace;
  readonly afterBatch: () => Promise<void>;
  readonly onEvicted: (row: number) => void;
}
