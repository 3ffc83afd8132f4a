import { findRunUser } from '@registry-cache/config';

/**
 * From here on this process is the user that the store and the log belong to: as root it would
 * follow what that user may have planted there. Nothing changes for anybody but root, nor outside
 * of the image, which has no such user.
 */
export async function becomeRunUser(): Promise<void> {
  const user = await findRunUser().catch(() => undefined);
  if (user === undefined) return;
  process.setgroups?.([user.gid]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
}
