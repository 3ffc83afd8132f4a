import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunUser } from '../host/user.ts';
import type { RenderedTree } from '../render/tree.ts';
import type { Changes } from './changes.ts';

/** Writes every file of a tree below a directory, which is made anew. */
export async function writeTree(
  root: string,
  tree: RenderedTree,
  user?: RunUser | undefined,
): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true, mode: 0o750 });
  if (user !== undefined) await chown(root, user.uid, user.gid);
  await writeFiles(root, tree, [...tree.keys()], user);
}

/** Brings a directory from one tree to the next; each file is replaced whole, by rename. */
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
  for (const path of paths) {
    const file = tree.get(path);
    if (file === undefined) throw new Error(`${path} is not in the rendered tree`);
    const target = join(root, path);
    const made = await mkdir(dirname(target), { recursive: true, mode: 0o750 });
    if (made !== undefined && user !== undefined) await chownUp(dirname(target), made, user);
    const temporary = `${target}.new`;
    await writeFile(temporary, file.content, { mode: file.mode });
    await chmod(temporary, file.mode);
    if (user !== undefined) await chown(temporary, user.uid, user.gid);
    await rename(temporary, target);
  }
}

/** From the deepest directory up to the first that mkdir had to make. */
async function chownUp(deepest: string, first: string, user: RunUser): Promise<void> {
  for (let path = deepest; path.length >= first.length; path = dirname(path)) {
    await chown(path, user.uid, user.gid);
  }
}
