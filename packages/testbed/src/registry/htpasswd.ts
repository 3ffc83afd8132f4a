import { hash } from 'bcryptjs';

/** The text of an htpasswd file with bcrypt, as the distribution registry requires. Low cost. */
export async function makeHtpasswd(
  passwords: Readonly<Record<string, string>>,
  cost = 4,
): Promise<string> {
  const lines = Object.entries(passwords).map(
    async ([user, password]) => `${user}:${await hash(password, cost)}\n`,
  );
  return (await Promise.all(lines)).join('');
}
