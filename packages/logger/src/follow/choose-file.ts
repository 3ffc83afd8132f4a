import type { Place } from './place.ts';

/** The log and the one before it, by inode; nothing where there is no such file. */
export interface LogFiles {
  readonly current: number | undefined;
  readonly rotated: number | undefined;
}

export interface Choice {
  readonly file: 'current' | 'rotated';
  readonly offset: number;
}

/**
 * Where to begin: where the last one ended, or with the oldest that is there. Reading lines
 * again is harmless, leaving some out is not.
 */
export function chooseStart(files: LogFiles, place: Place | undefined): Choice | undefined {
  if (place !== undefined && files.current === place.inode) {
    return { file: 'current', offset: place.offset };
  }
  if (place !== undefined && files.rotated === place.inode) {
    return { file: 'rotated', offset: place.offset };
  }
  if (files.rotated !== undefined) return { file: 'rotated', offset: 0 };
  return files.current === undefined ? undefined : { file: 'current', offset: 0 };
}

/** Which file follows the one that was read to its end, if it was rotated away. */
export function chooseNext(files: LogFiles, inode: number): Choice | undefined {
  if (files.current === undefined || files.current === inode) return undefined;
  // Rotated twice while we read: the one in between comes first.
  const missedOne = files.rotated !== undefined && files.rotated !== inode;
  return { file: missedOne ? 'rotated' : 'current', offset: 0 };
}
