import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watch as watchPaths } from 'chokidar';

/** A file that several writes make up is read when they have ended. */
const SETTLE_MS = 200;
/** For what no event tells of: network filesystems, and mounts of single files. */
const POLL_MS = 5_000;

export interface WatchOptions {
  /** The files to follow; asked anew each time, as one input can name others. */
  readonly files: () => Promise<readonly string[]>;
  /** Called once at the start and then whenever a file may have changed, one call at a time. */
  readonly update: () => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Follows files until `signal` aborts. Directories are watched as well as files: editors
 * rename, and Kubernetes swaps a symbolic link above the file.
 */
export async function watchInputs({ files, update, signal }: WatchOptions): Promise<void> {
  const watcher = watchPaths([], { depth: 0, ignoreInitial: true, ignorePermissionErrors: true });
  let wake = () => {};
  watcher.on('all', () => wake());
  watcher.on('error', () => wake());
  signal.addEventListener('abort', () => wake(), { once: true });
  let seen: string | undefined;
  while (!signal.aborted) {
    const changed = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const paths = await files();
    watcher.add(paths.flatMap((path) => [path, ...watchableParent(path)]));
    const signature = await describeFiles(paths);
    if (signature !== seen) {
      seen = signature;
      await update();
    }
    await Promise.race([changed, sleep(POLL_MS, undefined, { signal }).catch(() => {})]);
    if (!signal.aborted) await sleep(SETTLE_MS);
  }
  await watcher.close();
}

/** Never `/` itself: whatever happens in a container happens below it. */
function watchableParent(path: string): string[] {
  const parent = dirname(path);
  return parent === '/' ? [] : [parent];
}

/** Changes whenever one of the files does, and costs no reading. */
async function describeFiles(paths: readonly string[]): Promise<string> {
  const parts = paths.map(async (path) => {
    const found = await stat(path).catch(() => undefined);
    return found && [path, found.ino, found.size, found.mtimeMs, found.ctimeMs];
  });
  return JSON.stringify(await Promise.all(parts));
}
