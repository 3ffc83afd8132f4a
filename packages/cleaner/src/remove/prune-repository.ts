import { dirname } from 'node:path';
import {
  layersDir,
  referrersDir,
  repositoriesDir,
  revisionsDir,
  tagsDir,
  uploadsDir,
} from '@registry-cache/domain';
import { listNames, newestMtimeMs, removeTreeQuietly, rmdirQuietly } from '../quiet-fs.ts';
import type { Repository } from '../scan/repositories.ts';
import type { Sweep } from './sweep.ts';

/**
 * Removes a repository without links, and the directories above it that become empty. A repository
 * that this sweep has emptied goes at once, unless an engine used it within seconds. A repository
 * that was empty before goes after minutes, because a first pull starts with an empty one.
 */
export function pruneRepository(
  { upstream, directory }: Repository,
  sweep: Sweep,
  wasEmptied: boolean,
): void {
  const { problems } = sweep;
  if (listNames(uploadsDir(directory), problems).length > 0) return;
  const directories = skeleton(directory, sweep);
  const isIdle = wasEmptied
    ? newestMtimeMs([uploadsDir(directory)], problems) <= sweep.youngestMs
    : newestMtimeMs(directories, problems) < sweep.leftSinceMs;
  if (!isIdle) return;
  removeTreeQuietly(referrersDir(directory), problems);
  for (const inner of directories) rmdirQuietly(inner, problems);
  if (!wasEmptied) return;
  const top = repositoriesDir(sweep.root, upstream);
  for (let above = dirname(directory); above.length > top.length; above = dirname(above)) {
    if (!rmdirQuietly(above, problems)) return;
  }
}

/** The directories that every repository has, innermost first. */
function skeleton(directory: string, { problems }: Sweep): string[] {
  const layers = layersDir(directory);
  const revisions = revisionsDir(directory);
  const algorithms = [layers, revisions].flatMap((parent) =>
    listNames(parent, problems).map((algorithm) => `${parent}/${algorithm}`),
  );
  const own = [layers, revisions, tagsDir(directory), referrersDir(directory)];
  const inner = [...algorithms, ...own];
  return [...inner, dirname(revisions), uploadsDir(directory), directory];
}
