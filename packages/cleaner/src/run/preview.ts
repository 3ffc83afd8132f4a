import { HeldReader } from '@registry-cache/pins';
import { createPace } from '../pace.ts';
import { type DiskSpace, inodesToFree } from '../plan/disk-space.ts';
import { explainVictims, type Victim } from '../plan/explain-victims.ts';
import { boundByDisk, boundByPins, type Limits } from '../plan/limits.ts';
import { planEviction } from '../plan/plan-eviction.ts';
import { type Problem, Problems } from '../problems.ts';
import { holdPinned, type Pinned } from '../scan/hold-pinned.ts';
import { measureStore } from '../scan/measure-store.ts';

export interface Preview {
  readonly usedBytes: number;
  readonly blobs: number;
  readonly bytesToFree: number;
  /** What pins keep from eviction. */
  readonly pinned: Pinned;
  readonly victims: readonly Victim[];
  readonly problems: readonly Problem[];
}

/**
 * Lists the blobs that `runOnce` with the same limits would evict now. It removes nothing.
 *
 * @throws StoreMissingError if the store does not exist.
 */
export async function previewRun(
  root: string,
  limits: Limits,
  nowMs: number,
  disk?: DiskSpace,
): Promise<Preview> {
  const problems = new Problems();
  const pace = createPace();
  const { table, usedBytes } = await measureStore(root, problems, pace, nowMs);
  const pinned = await holdPinned(new HeldReader(root), table, { isThorough: true, pace });
  const plan = planEviction(table, {
    usedBytes,
    limits: boundByPins(boundByDisk(limits, usedBytes, disk), pinned.bytes),
    inodesToFree: inodesToFree(disk),
    nowMs,
  });
  const victims = await explainVictims(root, table, plan, problems, pace);
  const { bytesToFree } = plan;
  const { count: blobs } = table;
  return { usedBytes, blobs, bytesToFree, pinned, victims, problems: problems.list() };
}
