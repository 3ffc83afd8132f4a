import { findRunUser } from '@registry-cache/config';

/**
 * Turns this process into the user that owns the store and the log. As root it would follow links
 * that this user may have planted there. Only root changes, and only in the image: no other
 * machine has such a user.
 */
export async function becomeRunUser(): Promise<void> {
  const user = await findRunUser().catch(() => undefined);
  if (user === undefined) return;
  process.setgroups?.([user.gid]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
}
