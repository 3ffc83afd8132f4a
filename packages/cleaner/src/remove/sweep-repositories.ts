import { layersDir, revisionsDir } from '@registry-cache/domain';
import { walkRepositories } from '../scan/repositories.ts';
import { pruneRepository } from './prune-repository.ts';
import type { Sweep } from './sweep.ts';
import { sweepLinks } from './sweep-links.ts';
import { sweepTags } from './sweep-tags.ts';

/**
 * Removes all links whose blob is gone, in every upstream and repository, and the repositories that
 * become empty. So links go the same way after an eviction, after a run that was stopped and after
 * an operator's removal.
 *
 * @returns the number of removed links.
 */
export async function sweepRepositories(sweep: Sweep): Promise<number> {
  let removed = 0;
  for (const repository of walkRepositories(sweep.root, sweep.problems)) {
    if (sweep.pace.due()) await sweep.pace.rest();
    const { directory } = repository;
    // Data always precedes these links, so a dangling link is a leftover, however young it is.
    const now = Number.POSITIVE_INFINITY;
    const onRemoved = (algorithm: string, hex: string) =>
      sweep.onUnlinked(algorithm, hex, repository);
    const tallies = [
      await sweepLinks(layersDir(directory), sweep, now, onRemoved),
      await sweepLinks(revisionsDir(directory), sweep, now, onRemoved),
      await sweepTags(directory, sweep),
    ];
    const removedHere = tallies.reduce((sum, tally) => sum + tally.removed, 0);
    if (tallies.every(({ kept }) => kept === 0)) {
      pruneRepository(repository, sweep, removedHere > 0);
    }
    removed += removedHere;
  }
  return removed;
}
