import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { appendAudit, createAudit } from './audit.ts';

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function usersIn(file: string): string[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line).user);
}

test('events are appended as lines, in a folder that is made for them', async () => {
  const file = join(createFolder(), 'audit', 'audit.log');
  await appendAudit(file, [{ event: 'push', user: 'ann' }]);
  await appendAudit(file, [
    { event: 'push', user: 'bob' },
    { event: 'delete', user: 'eve' },
  ]);
  expect(usersIn(file)).toEqual(['ann', 'bob', 'eve']);
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test('after a rotation events go to the new file', async () => {
  const file = join(createFolder(), 'audit.log');
  const audit = createAudit(file, { warn: vi.fn() });
  audit.record({ event: 'push', user: 'ann' });
  await audit.flush();
  renameSync(file, `${file}.1`);
  audit.record({ event: 'push', user: 'bob' });
  await audit.flush();
  expect(usersIn(`${file}.1`)).toEqual(['ann']);
  expect(usersIn(file)).toEqual(['bob']);
});

test('events of one moment keep their order and the time at which they came', async () => {
  const file = join(createFolder(), 'audit.log');
  const audit = createAudit(file, { warn: vi.fn() });
  for (const user of ['a', 'b', 'c']) audit.record({ event: 'fetch', user });
  await audit.flush();
  expect(usersIn(file)).toEqual(['a', 'b', 'c']);
});

test('a log that cannot be written stops nobody, and is reported once', async () => {
  const folder = createFolder();
  const file = join(folder, 'audit.log');
  mkdirSync(file);
  const warn = vi.fn();
  const audit = createAudit(file, { warn });
  for (let times = 0; times < 3; times += 1) {
    audit.record({ event: 'fetch' });
    await audit.flush();
  }
  expect(audit.lost).toBe(3);
  expect(warn).toHaveBeenCalledTimes(1);
  rmSync(file, { recursive: true });
  audit.record({ event: 'fetch', user: 'ann' });
  await audit.flush();
  expect(usersIn(file)).toEqual(['ann']);
});

test('a link in place of the file is not followed', async () => {
  const folder = createFolder();
  const file = join(folder, 'audit.log');
  symlinkSync(join(folder, 'other'), file);
  await expect(appendAudit(file, [{ event: 'fetch' }])).rejects.toMatchObject({ code: 'ELOOP' });
});
