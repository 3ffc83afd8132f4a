import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { isFileSystem } from './index.ts';

function tarOf(format: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-tar-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // A name that looks like the beginning of a document.
  writeFileSync(join(folder, '{"a":"ü'), '#!/bin/sh\n');
  return execFileSync('tar', [`--format=${format}`, '-C', folder, '-c', '{"a":"ü']);
}

test.each(['v7', 'ustar', 'gnu', 'pax'])('an archive in the format %s has files', (format) => {
  expect(isFileSystem(tarOf(format))).toBe(true);
});

test('an archive behind an empty header has files', () => {
  expect(isFileSystem(Buffer.concat([Buffer.alloc(512), tarOf('ustar')]))).toBe(true);
});

test('what is compressed may have files', () => {
  const tar = tarOf('ustar');
  expect(isFileSystem(gzipSync(tar))).toBe(true);
  expect(isFileSystem(zstdCompressSync(tar))).toBe(true);
  const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  expect(isFileSystem(Buffer.concat([skipped, zstdCompressSync(tar)]))).toBe(true);
  expect(isFileSystem(Buffer.from('BZh91AY&SY'))).toBe(true);
  expect(isFileSystem(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]))).toBe(true);
});

test.each([
  ['nothing', ''],
  ['a signed text', '{"critical":{"type":"cosign container image signature"}}'],
  ['a long text', JSON.stringify({ packages: Array(100).fill('1234567') })],
  ['bytes of a form that no client unpacks', brotliCompressSync(Buffer.alloc(5_000, 'x'))],
])('%s has no files', (_, content) => {
  expect(isFileSystem(Buffer.from(content))).toBe(false);
});
