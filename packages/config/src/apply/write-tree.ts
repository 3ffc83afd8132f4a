import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '@registry-cache/runtime';
import type { RunUser } from '../machine/run-user.ts';
import { makeDirectory } from '../machine/safe-directory.ts';
import type { RenderedFile, RenderedTree } from '../render/file.ts';
import type { Changes } from './changes.ts';

/**
 * Writes every file of a tree below a directory, which is made anew. With a user, this process owns
 * the files, and the user's group may read them. Files that root reads again must stay root's.
 */
export async function writeTree(
  root: string,
  tree: RenderedTree,
  user?: RunUser | undefined,
): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await makeFolder(root, user);
  await writeFiles(root, tree, [...tree.keys()], user);
}

/** Brings a directory from one tree to the next. Each file is replaced whole, by rename. */
export async function applyChanges(
  root: string,
  tree: RenderedTree,
  changes: Changes,
  user?: RunUser | undefined,
): Promise<void> {
  await writeFiles(root, tree, changes.written, user);
  for (const path of changes.removed) await rm(join(root, path), { force: true });
}

async function writeFiles(
  root: string,
  tree: RenderedTree,
  paths: readonly string[],
  user: RunUser | undefined,
): Promise<void> {
  const folders = new Set<string>();
  for (const path of paths) {
    const file = tree.get(path);
    if (file === undefined) throw new Error(`${path} is not in the rendered tree`);
    await makeFolders(root, dirname(path), folders, user);
    await write(join(root, path), file, user);
  }
}

/** Each folder from the root down to `path`, once. */
async function makeFolders(
  root: string,
  path: string,
  made: Set<string>,
  user: RunUser | undefined,
): Promise<void> {
  if (path === '.' || made.has(path)) return;
  await makeFolders(root, dirname(path), made, user);
  await makeFolder(join(root, path), user);
  made.add(path);
}

async function makeFolder(path: string, user: RunUser | undefined): Promise<void> {
  if (user === undefined) await mkdir(path, { recursive: true, mode: 0o750 });
  else await makeDirectory(path, { uid: self(), gid: user.gid }, 0o750);
}

/** Without a user no group should read secret files. */
async function write(path: string, { content, mode }: RenderedFile, user: RunUser | undefined) {
  const isSecret = (mode & 0o004) === 0;
  const [bits, gid] =
    user === undefined ? [isSecret ? 0o600 : mode, ownGroup()] : [mode, groupFor(mode, user)];
  // These files live as long as the container, so they need not survive a loss of power.
  await writeFileAtomic(path, content, bits, { owner: { uid: self(), gid }, isLasting: false });
}

function groupFor(mode: number, { gid }: RunUser): number {
  return (mode & 0o040) === 0 ? ownGroup() : gid;
}

function self(): number {
  return process.getuid?.() ?? 0;
}

function ownGroup(): number {
  return process.getgid?.() ?? 0;
}
