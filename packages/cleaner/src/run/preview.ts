import { createPace } from '../pace.ts';
import { type DiskSpace, inodesToFree } from '../plan/disk-space.ts';
import { explainVictims, type Victim } from '../plan/explain-victims.ts';
import { boundByDisk, type Limits } from '../plan/limits.ts';
import { planEviction } from '../plan/plan-eviction.ts';
import { type Problem, Problems } from '../problems.ts';
import { measureStore } from '../scan/measure-store.ts';

export interface Preview {
  readonly usedBytes: number;
  readonly blobs: number;
  readonly bytesToFree: number;
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
  const plan = planEviction(table, {
    usedBytes,
    limits: boundByDisk(limits, usedBytes, disk),
    inodesToFree: inodesToFree(disk),
    nowMs,
  });
  const victims = await explainVictims(root, table, plan, problems, pace);
  const { bytesToFree } = plan;
  return { usedBytes, blobs: table.count, bytesToFree, victims, problems: problems.list() };
}
