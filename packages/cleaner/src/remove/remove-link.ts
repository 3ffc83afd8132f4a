import { listNames, newestMtimeMs, rmdirQuietly, unlinkQuietly } from '../quiet-fs.ts';
import type { Sweep } from './sweep.ts';

/**
 * Removes a link with its directory. A young temporary file beside it stays: an engine is about to
 * rename it to the next link, and its client waits.
 */
export function removeLink(linkDirectory: string, { problems, leftSinceMs }: Sweep): void {
  for (const name of listNames(linkDirectory, problems)) {
    const path = `${linkDirectory}/${name}`;
    if (name === 'link' || newestMtimeMs([path], problems) < leftSinceMs) {
      unlinkQuietly(path, problems);
    }
  }
  rmdirQuietly(linkDirectory, problems);
}
