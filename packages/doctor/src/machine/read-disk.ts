import {
  access,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  statfs,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { blobsDir, egressDir, type RunPaths, registriesDir } from '@registry-cache/domain';
import { isReadOnly } from './mounts.ts';

/** How writing into the store ended; the code of the system where it did not work. */
export type WriteOutcome =
  | 'done'
  | 'not tried'
  | { readonly kind: 'file' | 'link'; readonly code: string };

export interface DiskState {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** 0 where the filesystem does not count them. */
  readonly inodes: number;
  readonly freeInodes: number;
  /** What the store has; undefined where nobody has measured it. */
  readonly storeBytes: number | undefined;
  readonly isReadOnly: boolean;
  readonly write: WriteOutcome;
  /** Folders of the store on another filesystem. */
  readonly foreignFolders: readonly string[];
}

/**
 * Looks at the disk of the store. A small file and a link are made in it, and removed.
 * @returns undefined where there is no folder.
 */
export async function readDisk(
  root: string,
  run: RunPaths,
  { wasRoot }: { readonly wasRoot: boolean },
): Promise<DiskState | undefined> {
  const top = await realpath(root).catch(() => undefined);
  const stats = top === undefined ? undefined : await stat(top);
  if (top === undefined || !stats?.isDirectory()) return undefined;
  const { bsize, blocks, bavail, files, ffree } = await statfs(top);
  // A start as root hands the store over to the user that this process is now.
  const isBefore = wasRoot && !(await isThere(run.etc));
  const isOurs = !isBefore || stats.uid === process.getuid?.();
  return {
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    inodes: files,
    freeInodes: ffree,
    storeBytes: await readStoreBytes(run),
    isReadOnly: isReadOnly(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''), top),
    write: isOurs ? await tryWriting(top) : 'not tried',
    foreignFolders: await findForeignFolders(top, stats.dev),
  };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function tryWriting(root: string): Promise<WriteOutcome> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(root, '.doctor-'));
    await writeFile(join(folder, 'file'), Buffer.alloc(4096), { flush: true });
  } catch (error) {
    await remove(folder);
    return { kind: 'file', code: codeOf(error) };
  }
  try {
    await symlink('file', join(folder, 'link'));
    return 'done';
  } catch (error) {
    return { kind: 'link', code: codeOf(error) };
  } finally {
    await remove(folder);
  }
}

async function remove(folder: string | undefined): Promise<void> {
  if (folder !== undefined)
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** Folders of the store on another filesystem. Those that are still missing are made on the same. */
async function findForeignFolders(root: string, device: number): Promise<string[]> {
  const folders = [blobsDir(root), registriesDir(root), egressDir(root)];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const dev = await stat(folder).then(
        (stats) => stats.dev,
        () => device,
      );
      return dev === device ? [] : [folder];
    }),
  );
  return found.flat();
}

/** What the cleaner measured last; undefined where it does not run. */
async function readStoreBytes({ metrics }: RunPaths): Promise<number | undefined> {
  const text = await readFile(join(metrics, 'cleaner.prom'), 'utf8').catch(() => '');
  const value = /^registry_cache_store_bytes (\d+)/m.exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}
