import { isDigest } from '@registry-cache/domain';
import { listNames, newestMtimeMs, streamNames } from '../quiet-fs.ts';
import { removeLink } from './remove-link.ts';
import type { Sweep } from './sweep.ts';

/**
 * Goes through `<directory>/<algorithm>/<hex>/link` and removes the links whose blob is gone. It
 * reads names only. Just the names that the scan did not find cost a look at the disk.
 *
 * @param danglingSinceMs a dangling link goes if it was written before that. A tag's links are
 * written before its manifest is fetched.
 */
export async function sweepLinks(
  directory: string,
  sweep: Sweep,
  danglingSinceMs: number,
  onRemoved: (algorithm: string, hex: string) => void = () => undefined,
): Promise<Tally> {
  const tally = { removed: 0, kept: 0 };
  for (const algorithm of listNames(directory, sweep.problems)) {
    for (const hex of streamNames(`${directory}/${algorithm}`, sweep.problems)) {
      if (sweep.pace.due()) await sweep.pace.rest();
      const linkDirectory = `${directory}/${algorithm}/${hex}`;
      const isKept =
        !isDigest(`${algorithm}:${hex}`) ||
        sweep.liveness.isKnown(algorithm, hex) ||
        !isLeft(linkDirectory, sweep, danglingSinceMs);
      tally[isKept ? 'kept' : 'removed'] += 1;
      if (isKept) continue;
      removeLink(linkDirectory, sweep);
      onRemoved(algorithm, hex);
    }
  }
  return tally;
}

/** Links that a sweep has seen. */
export interface Tally {
  removed: number;
  kept: number;
}

/**
 * Whether the link in this directory has outlived its blob. A link that was written since the run
 * began belongs to a new fetch of that blob.
 */
export function isLeft(linkDirectory: string, sweep: Sweep, danglingSinceMs: number): boolean {
  const link = `${linkDirectory}/link`;
  const { liveness, problems } = sweep;
  const verdict = liveness.judge(link);
  if (verdict === 'dead') return newestMtimeMs([link], problems) <= sweep.startedMs;
  if (verdict === 'dangling') return newestMtimeMs([link], problems) < danglingSinceMs;
  return verdict === 'shell' && newestMtimeMs([linkDirectory], problems) < sweep.leftSinceMs;
}
