import { readFileSync } from 'node:fs';
import { findMountedStore, type MountedStores } from '../settings/aliases/store.ts';

/** The store that the operator of another cache has mounted, by the mounts of this container. */
export function readMountedStore(mountinfo = '/proc/self/mountinfo'): MountedStores {
  try {
    return findMountedStore(readFileSync(mountinfo, 'utf8'));
  } catch {
    // A system without /proc has no such mounts.
    return { store: undefined, unused: [] };
  }
}
