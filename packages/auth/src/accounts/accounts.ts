import { readFile } from 'node:fs/promises';
import { type Logger, watchFile } from '@registry-cache/runtime';
import { type PasswordHashes, parseHtpasswd } from './htpasswd.ts';

/** A user, and what the password hashes to: one line of the file. */
export interface Login {
  readonly user: string;
  readonly hash: string;
}

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
  const parse = (text: string) => parseUsers(file, text);
  return watchFile(file, parse(await readFile(file, 'utf8')), {
    parse,
    onChange: (users) => log.info({ file, users: users.size }, 'htpasswd file read'),
    onBroken: (error) =>
      log.error({ file, err: error }, 'htpasswd file is not usable, the last good one stays'),
  });
}

function parseUsers(file: string, text: string): PasswordHashes {
  const users = parseHtpasswd(text);
  if (users === undefined) throw new Error(`${file} is not an htpasswd file with bcrypt hashes`);
  return users;
}
