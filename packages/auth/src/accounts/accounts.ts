import { readFile } from 'node:fs/promises';
import { type Logger, watchFile } from '@registry-cache/runtime';
import { type PasswordHashes, parseHtpasswd } from './htpasswd.ts';

export interface Accounts {
  /** The current users; the same object while the file does not change. */
  current(): Promise<PasswordHashes>;
}

const NOBODY: PasswordHashes = new Map();

/** Where there is no htpasswd file. */
export const NO_ACCOUNTS: Accounts = { current: async () => NOBODY };

/**
 * The users of an htpasswd file. Each use costs one `stat`, and a changed file is read again. While
 * the file is missing or broken, the last good users stay in force.
 *
 * @throws Error if the file is bad at the start; config never hands such a file over.
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
