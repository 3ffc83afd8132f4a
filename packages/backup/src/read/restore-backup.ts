import { mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isMissing } from '@registry-cache/runtime';
import { BackupError } from '../backup-error.ts';
import type { BackupInfo, KeyName } from '../layout.ts';
import { readBackup } from './read-backup.ts';
import { syncFilesystem } from './sync-filesystem.ts';

export interface RestoredBackup {
  readonly info: BackupInfo;
  readonly files: number;
  /** Certificates and keys. Nobody has written them yet. */
  readonly keys: ReadonlyMap<KeyName, Buffer>;
  /** The names at the top of the store that were made. */
  readonly tops: readonly string[];
}

/** Filesystems have the first one by themselves, and restores that were killed leave the other. */
const NOTHING = /^(?:lost\+found|\.restore-.*)$/;
const STAGING = '.restore-';

/**
 * Takes a backup into an empty folder. Everything is checked beside its place first, and on the disk,
 * so that it is there whole, or not at all.
 * @param sync writes all files of a folder's filesystem to its disk.
 * @throws BackupError for a folder that is not empty, and for a tar that is cut, damaged or no
 * backup; an error of the disk.
 */
export async function restoreBackup(
  source: Readable,
  storeRoot: string,
  sync: (folder: string) => Promise<void> = syncFilesystem,
): Promise<RestoredBackup> {
  await refuseContent(storeRoot);
  for (const name of (await readdir(storeRoot)).filter((one) => one.startsWith(STAGING))) {
    await rm(join(storeRoot, name), { recursive: true, force: true });
  }
  const staging = await mkdtemp(join(storeRoot, STAGING));
  const placed = [staging];
  try {
    const { info, files, keys } = await readBackup(source, staging);
    const tops = await readdir(staging);
    await sync(staging);
    for (const name of tops) {
      const place = join(storeRoot, name);
      await rename(join(staging, name), place);
      placed.push(place);
    }
    await rmdir(staging);
    await sync(storeRoot);
    return { info, files, keys, tops };
  } catch (error) {
    for (const path of placed) await rm(path, { recursive: true, force: true });
    throw error;
  }
}

async function refuseContent(storeRoot: string): Promise<void> {
  let names: string[];
  try {
    names = (await readdir(storeRoot)).filter((name) => !NOTHING.test(name)).sort();
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new BackupError(`${storeRoot}: found no folder; accepted: an empty folder`);
  }
  if (names.length === 0) return;
  const shown = [...names.slice(0, 4), ...(names.length > 4 ? ['…'] : [])].join(', ');
  throw new BackupError(
    `${storeRoot}: found ${names.length} entries (${shown}); accepted: an empty folder, before the first start`,
  );
}
