/** Folders in which the intercepting proxy has its cache: container-registry-proxy's, and the older. */
export const FOREIGN_STORES = ['/registry_proxy_mirror_cache', '/docker_mirror_cache'];
const OWN_STORE = '/var/lib/registry';

/** A volume that nobody named: the image declares one, so engines make it at each `run`. */
const NAMELESS = /\/volumes\/[0-9a-f]{64}(?:\/_data)?$/;

export interface MountedStores {
  /** The folder of the intercepting proxy that is the store; undefined where there is none. */
  readonly store: string | undefined;
  /** Such folders that are mounted beside the store. Nothing reads them. */
  readonly unused: readonly string[];
}

/**
 * Finds the store by what is mounted: the folder of the intercepting proxy, where the operator
 * mounted nothing at our own.
 *
 * @param mountinfo - The text of /proc/self/mountinfo. Source: proc_pid_mountinfo(5).
 */
export function findMountedStore(mountinfo: string): MountedStores {
  const mounts = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, , , root = '', path = '']) => ({ root, path }));
  const foreign = FOREIGN_STORES.filter((folder) => mounts.some(({ path }) => path === folder));
  const hasOwn = mounts.some(({ root, path }) => path === OWN_STORE && !NAMELESS.test(root));
  if (hasOwn) return { store: undefined, unused: foreign };
  const [store, ...unused] = foreign;
  return { store, unused };
}

/** Whether a folder is the one of the intercepting proxy, in which its own files may be. */
export function isForeignStore(folder: string): boolean {
  return FOREIGN_STORES.includes(folder);
}
