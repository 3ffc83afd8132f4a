import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunPaths, Secret } from '@registry-cache/domain';
import type { BootFacts } from '../model/build.ts';
import { inspectMachine } from './inspect.ts';
import { createTokenKey, readTokenKey } from './token-key.ts';

/** New secrets for this boot, and the capacity of this machine. */
export function createBootFacts(): BootFacts {
  return {
    bootSecret: newSecret(),
    supervisorSecret: newSecret(),
    tokenKey: createTokenKey(),
    ...inspectMachine(),
  };
}

/**
 * The secrets of the boot that is running, so that a changed configuration leaves engines and
 * tokens alone. If the token key is missing, any key will do.
 *
 * @throws when there is no boot secret: nothing was started here.
 */
export async function readBootFacts(run: RunPaths): Promise<BootFacts> {
  const { secrets } = run;
  const tokenKey = await readFile(join(secrets, 'token-key'), 'utf8').catch(() => undefined);
  return {
    bootSecret: new Secret(await readFile(join(secrets, 'boot-secret'), 'utf8')),
    supervisorSecret: new Secret(await readFile(join(secrets, 'supervisor-secret'), 'utf8')),
    tokenKey: tokenKey === undefined ? createTokenKey() : readTokenKey(tokenKey),
    ...inspectMachine(),
  };
}

/** Placeholders for the secrets of a boot, where there is none. */
export function placeholderBootFacts(): BootFacts {
  return {
    bootSecret: PLACEHOLDER,
    supervisorSecret: PLACEHOLDER,
    tokenKey: createTokenKey(),
    ...inspectMachine(),
  };
}

const PLACEHOLDER = new Secret('made-at-each-boot');

function newSecret(): Secret {
  return new Secret(randomBytes(32).toString('hex'));
}
