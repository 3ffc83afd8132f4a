import { mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readQuietly } from './read-quietly.ts';

function createDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'registry-cache-quiet-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('reads a file and leaves its access time', () => {
  const file = join(createDirectory(), 'file');
  writeFileSync(file, 'text');
  utimesSync(file, 1, 1);
  expect(readQuietly(file, 4).toString()).toBe('text');
  expect(statSync(file).atimeMs).toBe(1_000);
});

test('gives no bytes of a file over the limit, and of a directory', () => {
  const directory = createDirectory();
  writeFileSync(join(directory, 'file'), 'text');
  expect(readQuietly(join(directory, 'file'), 3)).toHaveLength(0);
  expect(readQuietly(directory, 100_000)).toHaveLength(0);
});

test('throws for a missing file and for a link', () => {
  const directory = createDirectory();
  symlinkSync('/etc/passwd', join(directory, 'link'));
  expect(() => readQuietly(join(directory, 'missing'), 4)).toThrow('ENOENT');
  expect(() => readQuietly(join(directory, 'link'), 4)).toThrow('ELOOP');
});
