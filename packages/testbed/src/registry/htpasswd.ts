import { hash } from 'bcryptjs';

/** An htpasswd file's text, with bcrypt as the distribution registry demands; cheap on purpose. */
export async function makeHtpasswd(
  passwords: Readonly<Record<string, string>>,
  cost = 4,
): Promise<string> {
  const lines = Object.entries(passwords).map(
    async ([user, password]) => `${user}:${await hash(password, cost)}\n`,
  );
  return (await Promise.all(lines)).join('');
}
