import type { LogPosition } from './log-position.ts';

/** The inodes of the log and of the log before it; undefined for a missing file. */
export interface LogFiles {
  readonly current: number | undefined;
  readonly rotated: number | undefined;
}

export interface Choice {
  readonly file: 'current' | 'rotated';
  readonly offset: number;
  /** Of the remembered position. */
  readonly mark?: string | undefined;
}

/**
 * Chooses where to start: at the remembered position, or else at the start of the oldest file.
 * Reading lines again is harmless, but lines must not be left out.
 */
export function chooseStart(
  files: LogFiles,
  position: LogPosition | undefined,
): Choice | undefined {
  if (position !== undefined && files.current === position.inode) {
    return { file: 'current', ...restOf(position) };
  }
  if (position !== undefined && files.rotated === position.inode) {
    return { file: 'rotated', ...restOf(position) };
  }
  if (files.rotated !== undefined) return { file: 'rotated', offset: 0 };
  return files.current === undefined ? undefined : { file: 'current', offset: 0 };
}

/** Chooses the file after the one that was read to its end, if that was rotated. */
export function chooseNext(files: LogFiles, inode: number): Choice | undefined {
  if (files.current === undefined || files.current === inode) return undefined;
  // After two rotations during one read, the file in between comes first.
  const missedOne = files.rotated !== undefined && files.rotated !== inode;
  return { file: missedOne ? 'rotated' : 'current', offset: 0 };
}

function restOf({ offset, mark }: LogPosition): Pick<Choice, 'offset' | 'mark'> {
  return { offset, ...(mark !== undefined && { mark }) };
}
