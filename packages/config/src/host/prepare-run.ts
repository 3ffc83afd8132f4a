import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type RunPaths, Secret } from '@registry-cache/domain';
import { execa } from 'execa';
import type { Host } from '../model/build.ts';
import { inspectMachine } from './machine.ts';
import { createTokenKey } from './token-key.ts';
import type { RunUser } from './user.ts';

/** Makes the run directory anew, closed to everybody but the programs' own user. */
export async function prepareRun(run: RunPaths, user: RunUser | undefined): Promise<void> {
  // What a container left that was stopped and started again, its stale sockets above all.
  for (const stale of [run.etc, run.staged, run.sockets, run.logPipe, run.metrics, run.secrets]) {
    await rm(stale, { recursive: true, force: true });
  }
  const directories = [
    run.root,
    run.etc,
    run.staged,
    run.secrets,
    run.sockets,
    dirname(run.accessLog),
    run.state,
    run.metrics,
    join(run.root, 'nginx'),
  ];
  for (const directory of directories) {
    await mkdir(directory, { recursive: true });
    if (user !== undefined) await chown(directory, user.uid, user.gid);
    // What root writes into metrics/ must be readable for egress, so its group is passed on.
    await closeToOthers(directory, directory === run.metrics ? 0o2750 : 0o750);
  }
  await makePipe(run.logPipe, user);
}

/** Node.js has no call for it. */
async function makePipe(path: string, user: RunUser | undefined): Promise<void> {
  await execa('mkfifo', ['--mode=0600', path]);
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

/**
 * The image's own run directory belongs to the image's user and to group 0: a container that
 * was given another user may write to it as that group, but not change its mode.
 */
async function closeToOthers(directory: string, mode: number): Promise<void> {
  const { uid } = await stat(directory);
  const self = process.getuid?.();
  if (self === 0 || self === uid) await chmod(directory, mode);
}

/** New secrets for this boot, and what this machine has to offer. */
export function createHost(): Host {
  return {
    bootSecret: new Secret(randomBytes(32).toString('hex')),
    tokenKey: createTokenKey(),
    ...inspectMachine(),
  };
}
