import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { InvalidInputError, quoteFound } from '@registry-cache/domain';
import bcrypt from 'bcryptjs';
import type { Command } from 'commander';

/** A tenth of a second for each guess (docs/configuration.md, "The htpasswd file"). */
const COST = 10;
/** bcrypt reads no more bytes of a password. */
const MOST_BYTES = 72;
/** Names that a line of the file, and a login by HTTP, can have. */
const USER = /^[^:\s#\p{Cc}][^:\p{Cc}]*$/u;

export function addHtpasswd(program: Command): void {
  program
    .command('htpasswd')
    .description('Reads a password and prints the line of an htpasswd file for it.')
    .argument('<user>', 'the name of the user')
    .action(async (user: string) => {
      if (!USER.test(user)) {
        refuse(
          'user',
          quoteFound(user),
          'a name without a colon, which does not begin with # or a space',
        );
      }
      const password = await readPassword(`password of ${user}`);
      console.log(`${user}:${await bcrypt.hash(password, COST)}`);
    });
}

/**
 * The first line of the input. A terminal does not show it, and is asked twice. Questions go to
 * the error output, since the line of the file may be redirected.
 */
async function readPassword(question: string): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden, terminal: isTerminal });
  try {
    const next = lines[Symbol.asyncIterator]();
    const ask = async (text: string) => {
      process.stderr.write(text);
      const { value = '' } = await next.next();
      if (isTerminal) process.stderr.write('\n');
      return value as string;
    };
    const password = await ask(isTerminal ? `${question}: ` : `${question} (it is shown): `);
    const bytes = Buffer.byteLength(password);
    if (bytes === 0) refuse('password', 'nothing', 'a line of text');
    if (bytes > MOST_BYTES) refuse('password', `${bytes} bytes`, `${MOST_BYTES} bytes at most`);
    if (isTerminal && (await ask('once more: ')) !== password) {
      refuse('password', 'two different ones', 'the same one twice');
    }
    return password;
  } finally {
    lines.close();
  }
}

function refuse(path: string, found: string, accepted: string): never {
  throw new InvalidInputError([{ path, found, accepted }]);
}
