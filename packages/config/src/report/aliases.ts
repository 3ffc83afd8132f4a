import { readdir } from 'node:fs/promises';
import type { Logger } from '@registry-cache/runtime';
import { isForeignStore } from '../settings/aliases/store.ts';
import type { Settings } from '../settings/table.ts';

/** Folders of nginx's cache with one level of a single digit (proxy_cache_path, `levels=1:2`). */
const NGINX_FOLDER = /^[0-9a-f]$/;

/** Logs at a start what the command of another cache was taken for, and what of it has no effect. */
export function reportAliases({ aliases }: Pick<Settings, 'aliases'>, log: Logger): void {
  const { taken, left } = aliases;
  if (taken.length > 0) {
    log.info(
      { taken: taken.map(([theirs, ours]) => `${theirs} is ${ours}`) },
      'variables and folders of another cache are used by their names here',
    );
  }
  if (left.length > 0) log.warn({ left }, 'parts of the command of another cache have no effect');
}

/** Logs at a start that the store's folder still has the cache of the program before. */
export async function reportOldCache(
  { REGISTRYDIR: directory }: Pick<Settings, 'REGISTRYDIR'>,
  log: Logger,
): Promise<void> {
  if (!isForeignStore(directory)) return;
  // Root reads the names alone, of a folder that is a mount.
  const names = await readdir(directory).catch(() => []);
  const folders = names.filter((name) => NGINX_FOLDER.test(name)).sort();
  if (folders.length === 0) return;
  log.warn(
    { directory, folders: folders.join(' ') },
    'the cache of nginx is still in this folder: it is left alone, does not count, and may be removed',
  );
}
