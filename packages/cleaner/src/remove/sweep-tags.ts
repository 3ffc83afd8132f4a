import { tagsDir } from '@registry-cache/domain';
import { listNames, lstatQuietly, newestMtimeMs, rmdirQuietly } from '../quiet-fs.ts';
import { removeLink } from './remove-link.ts';
import type { Sweep } from './sweep.ts';
import { isLeft, sweepLinks, type Tally } from './sweep-links.ts';

/**
 * Removes the tags of one repository whose manifest is gone. Of the other tags, removes the history
 * entries whose manifest is gone.
 */
export async function sweepTags(repositoryDirectory: string, sweep: Sweep): Promise<Tally> {
  const tags = tagsDir(repositoryDirectory);
  const tally = { removed: 0, kept: 0 };
  for (const tag of listNames(tags, sweep.problems)) {
    if (sweep.pace.due()) await sweep.pace.rest();
    const { removed, kept } = await sweepTag(`${tags}/${tag}`, sweep);
    tally.removed += removed;
    tally.kept += kept;
  }
  return tally;
}

async function sweepTag(directory: string, sweep: Sweep): Promise<Tally> {
  const index = `${directory}/index`;
  // The tag's digest is always in its history. While all of that exists, no link needs to be read.
  if (hasOnlyKnown(index, sweep)) return { removed: 0, kept: 1 };
  if (isTagLeft(directory, sweep)) return { removed: removeTag(directory, sweep), kept: 0 };
  const { removed } = await sweepLinks(index, sweep, sweep.leftSinceMs);
  return { removed, kept: 1 };
}

function isTagLeft(directory: string, sweep: Sweep): boolean {
  const { problems, leftSinceMs } = sweep;
  const current = `${directory}/current`;
  if (lstatQuietly(current, problems) !== 'missing') return isLeft(current, sweep, leftSinceMs);
  // The history is written first, so a tag without a current digest may be half written.
  return newestMtimeMs([directory], problems) < leftSinceMs;
}

/** In this order, a kill leaves a tag without a digest. The next request then fetches it. */
function removeTag(directory: string, sweep: Sweep): number {
  const { problems } = sweep;
  const index = `${directory}/index`;
  let removed = 1;
  removeLink(`${directory}/current`, sweep);
  for (const algorithm of listNames(index, problems)) {
    for (const hex of listNames(`${index}/${algorithm}`, problems)) {
      removeLink(`${index}/${algorithm}/${hex}`, sweep);
      removed += 1;
    }
    rmdirQuietly(`${index}/${algorithm}`, problems);
  }
  for (const emptied of [index, directory]) rmdirQuietly(emptied, problems);
  return removed;
}

function hasOnlyKnown(index: string, { liveness, problems }: Sweep): boolean {
  const known = listNames(index, problems).flatMap((algorithm) =>
    listNames(`${index}/${algorithm}`, problems).map((hex) => liveness.isKnown(algorithm, hex)),
  );
  return known.length > 0 && known.every(Boolean);
}
