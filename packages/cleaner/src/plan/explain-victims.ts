import { layersDir, revisionsDir } from '@registry-cache/domain';
import type { Pace } from '../pace.ts';
import type { Problems } from '../problems.ts';
import { listNames } from '../quiet-fs.ts';
import type { BlobTable } from '../scan/blob-table.ts';
import { walkRepositories } from '../scan/repositories.ts';
import type { EvictionPlan } from './plan-eviction.ts';

export interface Victim {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly lastAccessMs: number;
  /** The repositories that name the blob, as `<upstream id>/<repository>`. */
  readonly namedBy: readonly string[];
}

/**
 * Lists the blobs that a plan would remove, oldest access first, with every repository that names
 * them.
 */
export async function explainVictims(
  root: string,
  table: BlobTable,
  plan: EvictionPlan,
  problems: Problems,
  pace: Pace,
): Promise<Victim[]> {
  const namedBy = new Map<number, string[]>();
  for (const row of plan.order.subarray(0, plan.victims)) namedBy.set(row, []);
  for (const { upstream, name, directory } of walkRepositories(root, problems)) {
    if (pace.due()) await pace.rest();
    for (const row of linkedRows(directory, table, problems)) {
      namedBy.get(row)?.push(`${upstream}/${name}`);
    }
  }
  return [...namedBy].map(([row, names]) => ({
    digest: table.digestAt(row),
    sizeBytes: table.sizesBytes[row] ?? 0,
    lastAccessMs: table.atimesMs[row] ?? 0,
    namedBy: names,
  }));
}

function linkedRows(repositoryDirectory: string, table: BlobTable, problems: Problems) {
  const links = [layersDir(repositoryDirectory), revisionsDir(repositoryDirectory)];
  const rows = links.flatMap((directory) =>
    listNames(directory, problems).flatMap((algorithm) =>
      listNames(`${directory}/${algorithm}`, problems).map((hex) => table.rowOf(algorithm, hex)),
    ),
  );
  // A manifest's blob may be linked as a layer too.
  return new Set(rows);
}
