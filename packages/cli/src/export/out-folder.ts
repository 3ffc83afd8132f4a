import { constants } from 'node:fs';
import { access, chown, mkdir, stat } from 'node:fs/promises';
import { findRunUser } from '@registry-cache/config';
import { InvalidInputError } from '@registry-cache/domain';

/** Makes the folder, if it is missing, for the user that the programs run as. */
export async function makeOutFolder(dir: string): Promise<void> {
  const isThere = await stat(dir).catch(() => undefined);
  if (isThere !== undefined) return;
  await mkdir(dir, { recursive: true });
  const user = await findRunUser().catch(() => undefined);
  if (user !== undefined && process.getuid?.() === 0) await chown(dir, user.uid, user.gid);
}

/** @throws InvalidInputError for a folder that this user may not write to. */
export async function checkOutFolder(dir: string): Promise<void> {
  try {
    await access(dir, constants.W_OK | constants.X_OK);
  } catch {
    const found = `${dir}, which user ${process.getuid?.()} may not write to`;
    const accepted = `a folder of that user (chown ${process.getuid?.()} ${dir}), or - for standard output`;
    throw new InvalidInputError([{ path: '--out', found, accepted }]);
  }
}
