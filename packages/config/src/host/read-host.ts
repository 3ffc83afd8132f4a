import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunPaths, Secret } from '@registry-cache/domain';
import type { Host } from '../model/build.ts';
import { inspectMachine } from './machine.ts';
import { createTokenKey, readTokenKey } from './token-key.ts';

/**
 * The secrets of the boot that is running, so that a changed configuration leaves engines and
 * tokens alone. Without authentication no token key was kept, and any will do.
 *
 * @throws when there is no boot secret: nothing was started here.
 */
export async function readHost(run: RunPaths): Promise<Host> {
  const secrets = run.secrets;
  const tokenKey = await readFile(join(secrets, 'token-key'), 'utf8').catch(() => undefined);
  return {
    bootSecret: new Secret(await readFile(join(secrets, 'boot-secret'), 'utf8')),
    supervisorSecret: new Secret(await readFile(join(secrets, 'supervisor-secret'), 'utf8')),
    tokenKey: tokenKey === undefined ? createTokenKey() : readTokenKey(tokenKey),
    ...inspectMachine(),
  };
}
