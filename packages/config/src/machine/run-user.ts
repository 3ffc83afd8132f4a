import { readFile } from 'node:fs/promises';

/** The user that the programs run as, where this process may choose. */
export interface RunUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'registry-cache';

/**
 * The image's unprivileged user when this process is root, else undefined. Everything then runs as
 * the one user that the container was given.
 *
 * @throws when this process is root and the system has no such user.
 */
export async function findRunUser(passwd = '/etc/passwd'): Promise<RunUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile(passwd, 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = lines.find(([name]) => name === NAME) ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(`${passwd} has no user ${NAME}: this runs as root only in its own image`);
  }
  return { name: NAME, uid: Number(uid), gid: Number(gid) };
}
