import { lstat, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orMissing } from '@registry-cache/runtime';

export interface PlainFile {
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly usedAtMs: number;
  readonly uid: number;
}

/**
 * Size, times and owner of a plain file. Undefined for a missing one, and for one that is reached
 * through a symbolic link: it may lie outside of the store that is imported.
 */
export async function statPlainFile(file: string, top: string): Promise<PlainFile | undefined> {
  const stats = await orMissing(lstat(file));
  if (!stats?.isFile()) return undefined;
  const folder = await orMissing(realpath(dirname(file)));
  if (folder !== dirname(file) || !folder.startsWith(`${top}/`)) return undefined;
  const usedAtMs = Math.max(stats.atimeMs, stats.mtimeMs);
  return { sizeBytes: stats.size, usedAtMs, uid: stats.uid };
}
