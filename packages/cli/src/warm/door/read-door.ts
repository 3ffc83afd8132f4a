import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runPaths, Secret, socketPath } from '@registry-cache/domain';
import type { DoorOptions } from './open-door.ts';

/** The way to egress. @throws NoCacheError if no cache runs here. */
export async function readDoor(): Promise<Omit<DoorOptions, 'signal'>> {
  const run = runPaths(process.env.RUNDIR);
  const socket = socketPath(run, 'egress');
  if (!existsSync(socket)) throw new NoCacheError(socket);
  const secret = await readFile(join(run.secrets, 'boot-secret'), 'utf8');
  return { socketPath: socket, bootSecret: new Secret(secret.trim()) };
}

class NoCacheError extends Error {
  readonly code = 'NO_CACHE';
  readonly hint =
    'run it inside the container: podman exec -i CONTAINER registry-cache warm - < LIST';

  constructor(socket: string) {
    super(`${socket} does not exist: no cache runs here`);
    this.name = 'NoCacheError';
  }
}
