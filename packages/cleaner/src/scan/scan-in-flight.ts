import { egressDir, uploadsDir } from '@registry-cache/domain';
import type { Pace } from '../pace.ts';
import type { Problems } from '../problems.ts';
import { listNames, lstatQuietly } from '../quiet-fs.ts';
import { walkRepositories } from './repositories.ts';
import { settleTimes } from './settle-times.ts';

/** A download that is not a blob yet: an engine's upload directory or a body of egress. */
export interface InFlight {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  /** Modification time of the file inside that changed last. */
  readonly newestMtimeMs: number;
}

export async function scanInFlight(
  root: string,
  problems: Problems,
  pace: Pace,
  nowMs: number,
): Promise<InFlight[]> {
  const found: InFlight[] = [];
  for (const directory of inFlightDirectories(root, problems)) {
    if (pace.due()) await pace.rest();
    for (const name of listNames(directory, problems)) {
      const measured = measureTree(`${directory}/${name}`, nowMs, problems);
      if (measured !== undefined) found.push(measured);
    }
  }
  return found;
}

function* inFlightDirectories(root: string, problems: Problems): Generator<string> {
  yield egressDir(root);
  for (const { directory } of walkRepositories(root, problems)) yield uploadsDir(directory);
}

function measureTree(path: string, nowMs: number, problems: Problems): InFlight | undefined {
  const stats = lstatQuietly(path, problems);
  // The download ended during this look.
  if (typeof stats !== 'object') return undefined;
  const isDirectory = stats.isDirectory();
  let sizeBytes = isDirectory ? 0 : stats.size;
  let newestMtimeMs = settleTimes(path, stats, nowMs, problems).mtimeMs;
  for (const name of isDirectory ? listNames(path, problems) : []) {
    const inner = measureTree(`${path}/${name}`, nowMs, problems);
    sizeBytes += inner?.sizeBytes ?? 0;
    newestMtimeMs = Math.max(newestMtimeMs, inner?.newestMtimeMs ?? 0);
  }
  return { path, isDirectory, sizeBytes, newestMtimeMs };
}
