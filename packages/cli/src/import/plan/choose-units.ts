import type { ImportPlan, PlannedUnit } from './read-plan.ts';

export interface Chosen {
  readonly units: readonly PlannedUnit[];
  /** Units for which there is no room. */
  readonly left: readonly PlannedUnit[];
  readonly newBytes: number;
}

/** Takes the units that were used last, until the room is used up. Smaller ones may still fit. */
export function chooseUnits({ units, blobs }: ImportPlan, roomBytes: number): Chosen {
  const counted = new Set<string>();
  const chosen: PlannedUnit[] = [];
  const left: PlannedUnit[] = [];
  let newBytes = 0;
  for (const unit of units) {
    const fresh = [...unit.blobs, ...unit.manifests].filter((digest) => !counted.has(digest));
    const unitBytes = fresh.reduce((sum, digest) => {
      const blob = blobs.get(digest);
      return blob?.isNew ? sum + blob.sizeBytes : sum;
    }, 0);
    if (newBytes + unitBytes > roomBytes) {
      left.push(unit);
      continue;
    }
    newBytes += unitBytes;
    for (const digest of fresh) counted.add(digest);
    chosen.push(unit);
  }
  return { units: chosen, left, newBytes };
}
