import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, writeFileAtomic } from '@registry-cache/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openAccounts } from './accounts.ts';

const log = createLogger('auth', 'fatal');
const HASH = `$2y$05$${'a'.repeat(53)}`;
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'accounts-'));
  file = join(directory, 'htpasswd');
  await writeFile(file, `ann:${HASH}\n`);
});
afterEach(() => rm(directory, { recursive: true }));

async function currentUsers(accounts: { current(): Promise<ReadonlyMap<string, string>> }) {
  return [...(await accounts.current()).keys()];
}

test('gives the same users while the file stays the same', async () => {
  const accounts = await openAccounts(file, log);
  expect(await accounts.current()).toBe(await accounts.current());
});

test('reads a file that was replaced', async () => {
  const accounts = await openAccounts(file, log);
  await writeFileAtomic(file, `bob:${HASH}\n`);
  expect(await currentUsers(accounts)).toEqual(['bob']);
});

test('keeps the last good users while the file is broken or missing, then goes on', async () => {
  const accounts = await openAccounts(file, log);
  await writeFileAtomic(file, 'nonsense\n');
  expect(await currentUsers(accounts)).toEqual(['ann']);
  await rm(file);
  expect(await currentUsers(accounts)).toEqual(['ann']);
  await writeFileAtomic(file, `bob:${HASH}\n`);
  expect(await currentUsers(accounts)).toEqual(['bob']);
});

test('does not start with a bad file', async () => {
  await writeFile(file, 'nonsense\n');
  await expect(openAccounts(file, log)).rejects.toThrow(/not an htpasswd file/);
  await expect(openAccounts(join(directory, 'missing'), log)).rejects.toThrow(/ENOENT/);
});
