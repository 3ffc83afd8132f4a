import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accessLine, createDirectory } from '../testing/store.ts';
import { AuditBook, AuditWriteError } from './audit-book.ts';

function open(rotateAtBytes = 1_000_000) {
  const folder = createDirectory();
  const file = join(folder, 'audit', 'audit.log');
  const book = new AuditBook({ file, rotateAtBytes, registries: () => ({}) });
  const add = (fields: Parameters<typeof accessLine>[0]) => book.addLine(accessLine(fields).trim());
  const written = (path = file) => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  };
  return { folder, file, book, add, written };
}

test('the same refusal again and again is one line with a count', async () => {
  const { book, add, written } = open();
  for (let times = 0; times < 50; times += 1)
    add({ audit: 'refused no', user: 'ann', id: `${times}` });
  add({ audit: 'refused no', user: 'bob' });
  await book.write();
  expect(written()).toMatchObject([
    { event: 'refusal', user: 'ann', count: 50, id: '0' },
    { event: 'refusal', user: 'bob' },
  ]);
});

test('a flood of different events is counted', async () => {
  const { book, add, written } = open();
  for (let index = 0; index < 800; index += 1)
    add({ audit: 'login x', client: `192.0.2.${index}` });
  expect(await book.write()).toBe(501);
  expect(written().at(-1)).toMatchObject({ count: 300, because: expect.stringMatching(/^more/) });
});

test('the log is rotated when it has its size, and has two files at most', async () => {
  const { file, book, add, written } = open(300);
  for (const user of ['a', 'b', 'c', 'd', 'e', 'f']) {
    add({ audit: 'entered', user });
    await book.write();
  }
  expect(written(`${file}.1`).map(({ user }) => user)).toEqual(['c', 'd']);
  expect(written().map(({ user }) => user)).toEqual(['e', 'f']);
  expect(existsSync(`${file}.2`)).toBe(false);
});

test('lines without an event write nothing', async () => {
  const { file, book, add } = open();
  add({});
  expect(await book.write()).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test('events that cannot be written are counted and dropped', async () => {
  const { folder, book, add } = open();
  writeFileSync(join(folder, 'audit'), 'a file in place of the folder');
  add({ audit: 'entered' });
  const failure = await book.write().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AuditWriteError);
  expect(failure).toMatchObject({ lost: 1 });
  expect(await book.write().catch(() => 'failed again')).toBe(0);
});
