import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDirectory } from '../testing/store.ts';
import { RotatingLog } from './rotating-log.ts';

function openLog(rotateAtBytes: number) {
  const path = join(createDirectory(), 'access.log');
  const log = new RotatingLog(path, rotateAtBytes);
  onTestFinished(() => log.close());
  return {
    path,
    append: (text: string) => log.append(Buffer.from(text)),
    read: () => readFileSync(path, 'utf8'),
    readOlder: () => readFileSync(`${path}.1`, 'utf8'),
  };
}

test('grows up to its size, and then begins a new file beside the older one', () => {
  const { path, append, read, readOlder } = openLog(8);
  append('one\n');
  append('two\n');
  expect(read()).toBe('one\ntwo\n');
  expect(existsSync(`${path}.1`)).toBe(false);
  append('three\n');
  expect([readOlder(), read()]).toEqual(['one\ntwo\n', 'three\n']);
  append('four\n');
  expect([readOlder(), read()]).toEqual(['three\n', 'four\n']);
});

test('appends to an existing file, and counts its size', () => {
  const { path, append, read, readOlder } = openLog(8);
  writeFileSync(path, 'one\n');
  append('two\n');
  append('3\n');
  expect([readOlder(), read()]).toEqual(['one\ntwo\n', '3\n']);
});

test('throws the error, and goes on after the cause is gone', () => {
  const folder = join(createDirectory(), 'log');
  const log = new RotatingLog(join(folder, 'access.log'), 8);
  onTestFinished(() => log.close());
  expect(() => log.append(Buffer.from('one\n'))).toThrow(/ENOENT/);
  mkdirSync(folder);
  log.append(Buffer.from('two\n'));
  expect(readFileSync(join(folder, 'access.log'), 'utf8')).toBe('two\n');
});
