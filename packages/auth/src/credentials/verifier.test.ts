import { Secret } from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { compare, hashSync } from 'bcryptjs';
import { beforeEach, expect, test } from 'vitest';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import { htpasswdLogin } from '../accounts/login.ts';
import { SourceLimitedError } from '../limits/queue-errors.ts';
import { createAuthReport } from '../report/report.ts';
import { createVerifier, type Verifier } from './verifier.ts';

const SECRET = hashSync('secret', 4);
const OTHER = hashSync('other', 4);
const NEVER = new AbortController().signal;
let users: PasswordHashes;
let nowMs: number;
/** The hashes that passwords were compared with: each comparison costs CPU time. */
let paid: string[];
let passwords: string[];
let verifier: Verifier;

beforeEach(() => {
  users = new Map([
    ['ann', SECRET],
    ['bob', OTHER],
  ]);
  nowMs = 0;
  paid = [];
  passwords = [];
  verifier = createVerifier({
    accounts: { current: async () => users },
    compare(password, hash) {
      paid.push(hash);
      passwords.push(password);
      return compare(password, hash);
    },
    now: () => nowMs,
    report: createAuthReport(createLogger('auth', 'fatal'), () => nowMs),
  });
});

async function verify(
  user: string,
  password: string,
  source = '192.0.2.1',
  gone = NEVER,
): Promise<boolean> {
  const credentials = { username: user, password: new Secret(password) };
  return (await verifier.verify(credentials, { source, gone })) !== undefined;
}

/** Sends wrong passwords, all at once. */
function guess(count: number, user = 'ann', source = '192.0.2.1') {
  return Promise.allSettled(
    Array.from({ length: count }, (_, index) => verify(user, `wrong${index}`, source)),
  );
}

test.each(['$2a$', '$2b$', '$2y$'])('accepts a password by its %s hash', async (variant) => {
  users = new Map([['ann', variant + SECRET.slice(4)]]);
  expect(await verify('ann', 'secret')).toBe(true);
  expect(await verify('ann', 'Secret')).toBe(false);
});

test('gives the line of the file that belongs to the login', async () => {
  const credentials = { username: 'ann', password: new Secret('secret') };
  const client = { source: '192.0.2.1', gone: NEVER };
  const login = htpasswdLogin('ann', SECRET);
  expect(await verifier.verify(credentials, client)).toEqual(login);
  expect(await verifier.verify(credentials, client)).toEqual(login);
});

test('checks a password once for callers that ask together, and then never again', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => verify('ann', 'secret')));
  nowMs = 24 * 3_600_000;
  answers.push(await verify('ann', 'secret', '192.0.2.2'));
  expect(answers).toEqual([true, true, true, true]);
  expect(paid).toHaveLength(1);
});

test('checks a wrong password once as well, and counts it once', async () => {
  for (let count = 0; count < 100; count += 1) expect(await verify('ann', 'wrong')).toBe(false);
  expect(paid).toHaveLength(1);
  expect(await verify('ann', 'secret')).toBe(true);
});

test('spends on an unknown user as much as on the most expensive known one', async () => {
  users = new Map([
    ['ann', SECRET],
    ['bob', hashSync('secret', 5)],
  ]);
  expect(await verify('nobody', 'secret')).toBe(false);
  expect(await verify('constructor', 'secret')).toBe(false);
  expect(paid.map((hash) => hash.slice(0, 7))).toEqual(['$2b$05$', '$2b$05$']);
});

test('forgets a user after a change of the line, and no other user', async () => {
  expect(await verify('ann', 'secret')).toBe(true);
  expect(await verify('bob', 'other')).toBe(true);
  expect(await verify('cleo', 'new')).toBe(false);
  paid = [];
  users = new Map([
    ['ann', hashSync('changed', 4)],
    ['bob', OTHER],
    ['cleo', hashSync('new', 4)],
  ]);
  expect(await verify('bob', 'other')).toBe(true);
  expect(paid).toEqual([]);
  expect(await verify('ann', 'secret')).toBe(false);
  expect(await verify('ann', 'changed')).toBe(true);
  expect(await verify('cleo', 'new')).toBe(true);
  users = new Map([['ann', OTHER]]);
  expect(await verify('bob', 'other')).toBe(false);
});

test('a check that ran while the file changed does not count for the new line', async () => {
  const during = verify('ann', 'secret');
  await Promise.resolve();
  users = new Map([['ann', OTHER]]);
  expect(await verify('ann', 'secret')).toBe(false);
  expect(await during).toBe(true);
  expect(await verify('ann', 'secret')).toBe(false);
});

test('checks few guesses of a flood, and refuses the others unchecked', async () => {
  const results = await guess(2_000);
  expect(paid.length).toBeLessThanOrEqual(10);
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.length).toBe(2_000 - paid.length);
  expect(refused.every((result) => result.reason instanceof SourceLimitedError)).toBe(true);
});

test('serves known users at the address of a flood at once, and new ones in turn', async () => {
  await verify('ann', 'secret');
  for (let count = 0; count < 10; count += 1) await verify('ann', `no${count}`);
  const flood = guess(500, 'ann');
  expect(await verify('ann', 'secret')).toBe(true);
  expect(passwords.filter((password) => password === 'secret')).toHaveLength(1);
  const first = verify('bob', 'other');
  // The test sets the clock forward, so that the source may fail again.
  nowMs += 1_000;
  expect(await first).toBe(true);
  await flood;
});

test('a flood does not delay another address', async () => {
  const flood = guess(500);
  expect(await verify('bob', 'other', '192.0.2.2')).toBe(true);
  // It waits at most for the check that was running when it came.
  expect(passwords.indexOf('other')).toBeLessThanOrEqual(1);
  await flood;
});

test('guesses do not push accepted logins out of the memory', async () => {
  await verify('ann', 'secret');
  for (let index = 0; index < 40; index += 1) {
    nowMs += 10_000;
    await guess(2, 'ann', `198.51.100.${index}`);
  }
  paid = [];
  expect(await verify('ann', 'secret')).toBe(true);
  expect(paid).toEqual([]);
});

test('does not check a password for a client that has gone', async () => {
  const running = verify('ann', 'secret');
  const client = new AbortController();
  const left = verify('bob', 'other', '192.0.2.2', client.signal);
  await Promise.resolve();
  client.abort(new Error('the client has gone'));
  await expect(left).rejects.toThrow('the client has gone');
  expect(await running).toBe(true);
  expect(paid).toEqual([SECRET]);
  expect(verifier.waiting).toBe(0);
});
