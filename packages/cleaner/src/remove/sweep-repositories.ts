import { layersDir, revisionsDir } from '@registry-cache/domain';
import { walkRepositories } from '../scan/repositories.ts';
import { pruneRepository } from './prune-repository.ts';
import type { Sweep } from './sweep.ts';
import { sweepLinks } from './sweep-links.ts';
import { sweepTags } from './sweep-tags.ts';

/**
 * Removes every link, of any upstream and repository, that names a blob which is gone, and the
 * repositories that this leaves empty. Evicting and healing are one thing here: links that an
 * ended run or a person left dangling go the same way.
 *
 * @returns how many links were removed.
 */
export async function sweepRepositories(sweep: Sweep): Promise<number> {
  let removed = 0;
  for (const repository of walkRepositories(sweep.root, sweep.problems)) {
    if (sweep.pace.due()) await sweep.pace.rest();
    const { directory } = repository;
    // Data always precedes these links, so one that dangles is left over, however young.
    const now = Number.POSITIVE_INFINITY;
    const tallies = [
      await sweepLinks(layersDir(directory), sweep, now),
      await sweepLinks(revisionsDir(directory), sweep, now),
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
