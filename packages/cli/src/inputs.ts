import { resolve } from 'node:path';
import { parseSettings, readMountedStore, type Settings } from '@registry-cache/config';
import { unwrap } from '@registry-cache/domain';
import type { Command } from 'commander';

export interface InputOptions {
  readonly pullSecret?: string;
  readonly policy?: string;
}

/** The options that name input files, shared by the commands that read them. */
export function addInputOptions(command: Command): Command {
  return command
    .option('--pull-secret <file>', 'pull secret to read (default: PULLSECRETPATH)')
    .option('--policy <file>', 'policy file to read (default: POLICYPATH)');
}

/** Settings from the environment. Files on the command line take precedence. */
export function readSettings({ pullSecret, policy }: InputOptions = {}): Settings {
  return unwrap(
    parseSettings(
      {
        ...process.env,
        ...(pullSecret === undefined ? {} : { PULLSECRETPATH: resolve(pullSecret) }),
        ...(policy === undefined ? {} : { POLICYPATH: resolve(policy) }),
      },
      readMountedStore(),
    ),
  );
}
