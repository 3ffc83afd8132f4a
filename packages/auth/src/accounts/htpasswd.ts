/** The users of an htpasswd file, with the hashes of their passwords. */
export type PasswordHashes = ReadonlyMap<string, string>;

const LINE = /^(?<user>[^:\s#][^:]*):(?<hash>\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})$/;

/**
 * Reads the lines `user:bcrypt-hash`. Of two lines for one user the last one counts, as in the
 * distribution registry (registry/auth/htpasswd). Config lets only such files through.
 *
 * @returns undefined if a line has another form or the file has no user.
 */
export function parseHtpasswd(text: string): PasswordHashes | undefined {
  const hashes = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const { user, hash } = LINE.exec(line)?.groups ?? {};
    if (user === undefined || hash === undefined) return undefined;
    hashes.set(user, hash);
  }
  return hashes.size > 0 ? hashes : undefined;
}
