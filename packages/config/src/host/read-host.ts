import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunPaths, Secret } from '@registry-cache/domain';
import type { Host } from '../model/build.ts';
import { inspectMachine } from './machine.ts';

/**
 * The secrets of the boot that is running, so that a changed configuration leaves engines and
 * tokens alone. A token key is made when authentication is first turned on.
 *
 * @throws when there is no boot secret: nothing was started here.
 */
export async function readHost(run: RunPaths): Promise<Host> {
  const secrets = join(run.root, 'secrets');
  const tokenKey = await readFile(join(secrets, 'token-key'), 'utf8').catch(() =>
    randomBytes(32).toString('hex'),
  );
  return {
    bootSecret: new Secret(await readFile(join(secrets, 'boot-secret'), 'utf8')),
    tokenKey: new Secret(tokenKey),
    ...inspectMachine(),
  };
}
