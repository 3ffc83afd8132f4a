import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watch as watchPaths } from 'chokidar';
import type { Settings } from '../settings/table.ts';

/** A file that several writes make up is read when they have ended. */
const SETTLE_MS = 200;
/** For what no event tells of: network filesystems, and mounts of single files. */
const POLL_MS = 10_000;

/**
 * Calls `update` whenever an input may have changed, one call at a time, until `signal` aborts.
 * Directories are watched as well as files: editors rename, and Kubernetes swaps a symbolic
 * link above the file.
 */
export async function watchInputs(
  settings: Settings,
  update: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const files = [
    settings.PULLSECRETPATH,
    settings.POLICYPATH,
    settings.CERTIFICATEPATH,
    settings.UPSTREAM_CA_PATH,
    ...(settings.REGISTRY_AUTH === 'htpasswd' ? [settings.REGISTRY_AUTH_HTPASSWD_PATH] : []),
  ];
  // Never `/` itself: whatever happens in a container happens below it.
  const directories = files.map((file) => dirname(file)).filter((path) => path !== '/');
  const watcher = watchPaths([...new Set([...files, ...directories])], {
    depth: 0,
    ignoreInitial: true,
    ignorePermissionErrors: true,
  });
  let wake = () => {};
  watcher.on('all', () => wake());
  watcher.on('error', () => wake());
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    await update();
    const changed = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await Promise.race([changed, sleep(POLL_MS, undefined, { ref: true })]);
    if (!signal.aborted) await sleep(SETTLE_MS);
  }
  await watcher.close();
}
