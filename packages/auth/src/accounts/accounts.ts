import { readFile, stat } from 'node:fs/promises';
import type { Logger } from '@registry-cache/domain';
import { type PasswordHashes, parseHtpasswd } from './htpasswd.ts';

export interface Accounts {
  /** The users as of now. The same object for as long as the file does not change. */
  current(): Promise<PasswordHashes>;
}

/**
 * Users from an htpasswd file that is looked at (one `stat`) at each use and read when it has
 * changed. A file that is gone or broken leaves the last good users in force.
 *
 * @throws when the file is not good at the start: config never hands over such a one.
 */
export async function openAccounts(file: string, log: Logger): Promise<Accounts> {
  let version = await readVersion(file);
  let users = await readUsers(file);
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    const found = await readVersion(file).catch(describeFailure);
    if (found === version) return;
    version = found;
    try {
      users = await readUsers(file);
      log.info({ file, users: users.size }, 'htpasswd file read');
    } catch (error) {
      log.error({ file, err: error }, 'htpasswd file is not usable, the last good one stays');
    }
  }

  return {
    async current() {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      await looking;
      return users;
    },
  };
}

async function readUsers(file: string): Promise<PasswordHashes> {
  const users = parseHtpasswd(await readFile(file, 'utf8'));
  if (users === undefined) throw new Error(`${file} is not an htpasswd file with bcrypt hashes`);
  return users;
}

/** What changes whenever the file does: it is replaced by rename, so the inode alone nearly would. */
async function readVersion(file: string): Promise<string> {
  const { ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
}

function describeFailure(error: unknown): string {
  return String(error);
}
