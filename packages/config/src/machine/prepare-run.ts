import { chmod, chown, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunPaths } from '@registry-cache/domain';
import { execa } from 'execa';
import type { RunUser } from './run-user.ts';
import { guardWayTo, makeDirectory, openDirectory } from './safe-directory.ts';

/**
 * Makes the run directory anew, closed to everybody but the programs' own user. Where this process
 * is root, that user may write to some folders and only read the others.
 *
 * @throws when there is a symbolic link where the run directory should be.
 */
export async function prepareRun(run: RunPaths, user: RunUser | undefined): Promise<void> {
  await mkdir(run.root, { recursive: true });
  if (user === undefined) await prepareUnprivileged(run);
  else await preparePrivileged(run, user);
  for (const pipe of [run.logPipe, run.reportPipe]) await makePipe(pipe, user);
}

/** Folders that a restart of the container keeps for the programs. The rest is made anew. */
function keptNames(run: RunPaths): readonly string[] {
  return [dirname(run.accessLog), dirname(run.messagesLog), run.state];
}

async function preparePrivileged(run: RunPaths, user: RunUser): Promise<void> {
  const roots = { uid: 0, gid: user.gid };
  const made = join(run.root, 'made-authority');
  await guardWayTo(run.root, user);
  const wasRoots = await isOwnedBy(run.root, 0);
  // From here on only root can put anything into it.
  await makeDirectory(run.root, roots, 0o750);
  // In root's folder only this process can have made an authority, so it stays for the container.
  const kept = new Set([...keptNames(run), ...(wasRoots ? [made] : [])]);
  await removeOthers(run.root, kept);
  for (const path of [run.etc, run.staged, run.secrets]) await makeDirectory(path, roots, 0o750);
  // Egress must read the metrics that are written there, so new files get the folder's group.
  await makeDirectory(run.config, roots, 0o2750);
  for (const path of [run.sockets, run.metrics, nginxDir(run), ...keptNames(run)]) {
    await makeDirectory(path, user, 0o750);
  }
}

/** Also removes the remains of an earlier start of this container, such as stale sockets. */
async function removeOthers(root: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(root)) {
    const path = join(root, name);
    const isKept = kept.has(path) && (await lstat(path)).isDirectory();
    if (!isKept) await rm(path, { recursive: true, force: true });
  }
}

async function prepareUnprivileged(run: RunPaths): Promise<void> {
  const { etc, staged, secrets, sockets, metrics, config } = run;
  const made = [etc, staged, secrets, sockets, metrics, config, nginxDir(run)];
  for (const stale of [...made, run.logPipe, run.reportPipe]) {
    await rm(stale, { recursive: true, force: true });
  }
  for (const directory of [run.root, ...made, ...keptNames(run)]) {
    await mkdir(directory, { recursive: true });
    await closeToOthers(directory);
  }
}

async function isOwnedBy(path: string, uid: number): Promise<boolean> {
  await using directory = await openDirectory(path);
  return (await directory.stat()).uid === uid;
}

/** The folder of nginx's temporary files and process id. */
function nginxDir(run: RunPaths): string {
  return join(run.root, 'nginx');
}

/** Runs mkfifo, since Node.js has no call for it. */
async function makePipe(path: string, user: RunUser | undefined): Promise<void> {
  await execa('mkfifo', ['--mode=0600', path]);
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

/**
 * A mounted run directory may belong to another user and to group 0. A container with a given user
 * may then write to it as that group, but not change its mode.
 */
async function closeToOthers(directory: string): Promise<void> {
  const { uid } = await stat(directory);
  const self = process.getuid?.();
  if (self === 0 || self === uid) await chmod(directory, 0o750);
}
