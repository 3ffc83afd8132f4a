import { createLogger, Secret } from '@registry-cache/domain';
import { compare, hashSync } from 'bcryptjs';
import { beforeEach, expect, test } from 'vitest';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import { QueueFullError } from './fair-queue.ts';
import { createVerifier, type Verifier } from './verifier.ts';

const SECRET = hashSync('secret', 4);
let users: PasswordHashes;
let nowMs: number;
/** The hashes that a password was compared with, so what was paid. */
let paid: string[];
let verifier: Verifier;

beforeEach(() => {
  users = new Map([['ann', SECRET]]);
  nowMs = 0;
  paid = [];
  verifier = createVerifier({
    accounts: { current: async () => users },
    compare(password, hash) {
      paid.push(hash);
      return compare(password, hash);
    },
    now: () => nowMs,
    log: createLogger('auth', 'fatal'),
  });
});

function verify(username: string, password: string, client = '192.0.2.1'): Promise<boolean> {
  return verifier.verify({ username, password: new Secret(password) }, client);
}

test.each(['$2a$', '$2b$', '$2y$'])('accepts a password by its %s hash', async (variant) => {
  users = new Map([['ann', variant + SECRET.slice(4)]]);
  expect(await verify('ann', 'secret')).toBe(true);
  expect(await verify('ann', 'Secret')).toBe(false);
});

test('pays once for those who ask together, and then not for a minute', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => verify('ann', 'secret')));
  nowMs = 59_999;
  answers.push(await verify('ann', 'secret'));
  expect(answers).toEqual([true, true, true, true]);
  expect(paid).toHaveLength(1);
  nowMs = 60_000;
  expect(await verify('ann', 'secret')).toBe(true);
  expect(paid).toHaveLength(2);
});

test('remembers a wrong password for seconds', async () => {
  expect(await verify('ann', 'wrong')).toBe(false);
  nowMs = 4_999;
  expect(await verify('ann', 'wrong')).toBe(false);
  expect(paid).toHaveLength(1);
  nowMs = 5_000;
  expect(await verify('ann', 'wrong')).toBe(false);
  expect(paid).toHaveLength(2);
});

test('pays for an unknown user what the dearest known one costs', async () => {
  users = new Map([
    ['ann', SECRET],
    ['bob', hashSync('secret', 5)],
  ]);
  expect(await verify('nobody', 'secret')).toBe(false);
  expect(await verify('constructor', 'secret')).toBe(false);
  expect(paid.map((hash) => hash.slice(0, 7))).toEqual(['$2b$05$', '$2b$05$']);
});

test('forgets everything when the users change, also what was being checked', async () => {
  const during = verify('ann', 'secret');
  await Promise.resolve();
  users = new Map([['ann', hashSync('other', 4)]]);
  expect(await verify('ann', 'secret')).toBe(false);
  expect(await during).toBe(true);
  expect(await verify('ann', 'secret')).toBe(false);
  expect(await verify('ann', 'other')).toBe(true);
});

test('a flood from one client is refused, another client is served', async () => {
  const flood = Array.from({ length: 200 }, (_, index) => verify('ann', `wrong${index}`));
  const other = verify('ann', 'secret', '192.0.2.2');
  const results = await Promise.allSettled(flood);
  expect(await other).toBe(true);
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.every((result) => result.reason instanceof QueueFullError)).toBe(true);
  expect(refused.length).toBeGreaterThan(100);
  expect(await verify('ann', 'secret')).toBe(true);
});
