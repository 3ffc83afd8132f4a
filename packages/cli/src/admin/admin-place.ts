import type { AdminPlace } from '@registry-cache/admin';
import { runPaths, socketPath } from '@registry-cache/domain';

/** The admin API of the cache in this container. */
export function findAdminPlace(): AdminPlace {
  return { socketPath: socketPath(runPaths(process.env.RUNDIR), 'admin') };
}
