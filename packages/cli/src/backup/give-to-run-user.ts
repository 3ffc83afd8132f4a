import { lchown, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { findRunUser, takeFolderOver } from '@registry-cache/config';

/** Gives what was restored by root to the user of the programs. Only the image has such a user. */
export async function giveToRunUser(root: string, names: readonly string[]): Promise<void> {
  const user = await findRunUser().catch(() => undefined);
  if (user === undefined) return;
  for (const name of names) {
    const path = join(root, name);
    if ((await lstat(path)).isDirectory()) await takeFolderOver(root, name, user);
    else await lchown(path, user.uid, user.gid);
  }
}
