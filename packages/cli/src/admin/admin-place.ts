import type { AdminPlace } from '@registry-cache/admin';
import { runPaths, socketPath } from '@registry-cache/domain';
import { readRemotePlace, type ServerOptions } from './remote-place.ts';

let chosen: AdminPlace | undefined;

/** Takes over `--server` of the program, before its command runs. Without it nothing is changed. */
export function choosePlace(options: ServerOptions, environment: NodeJS.ProcessEnv): void {
  chosen = readRemotePlace(options, environment);
}

/** The admin API of `--server`, or of the cache in this container. */
export function findAdminPlace(): AdminPlace {
  return chosen ?? { socketPath: socketPath(runPaths(process.env.RUNDIR), 'admin') };
}

/** Whether `--server` was given, so that nothing may be done here. */
export function isElsewhere(): boolean {
  return chosen !== undefined;
}
