import { statSync, utimesSync } from 'node:fs';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { addBlob, createDirectory, LONG_AGO_MS, readAccessMs } from '../testing/store.ts';
import { touchBlob } from './touch-blob.ts';

const TIME_MS = Date.UTC(2026, 2, 1, 12, 0, 0, 123);
const NOW_MS = TIME_MS + 1000;

test('raises the access time and leaves the modification time', () => {
  const root = createDirectory();
  const digest = addBlob(root, 'layer');
  expect(touchBlob(root, digest, TIME_MS, NOW_MS)).toBe('touched');
  expect(readAccessMs(root, digest)).toBe(TIME_MS);
  expect(statSync(blobFile(root, digest)).mtimeMs).toBe(LONG_AGO_MS);
});

test('never lowers it, and reports when there is nothing to do', () => {
  const root = createDirectory();
  const digest = addBlob(root, 'layer');
  touchBlob(root, digest, TIME_MS, NOW_MS);
  expect(touchBlob(root, digest, TIME_MS, NOW_MS)).toBe('fresh');
  expect(touchBlob(root, digest, TIME_MS - 1, NOW_MS)).toBe('fresh');
  expect(readAccessMs(root, digest)).toBe(TIME_MS);
});

test('lowers a time ahead of the clock, so that the blob ages from now on', () => {
  const root = createDirectory();
  const digest = addBlob(root, 'layer');
  const aheadS = NOW_MS / 1000 + 86_400;
  utimesSync(blobFile(root, digest), aheadS, aheadS);
  expect(touchBlob(root, digest, TIME_MS, NOW_MS)).toBe('touched');
  expect(readAccessMs(root, digest)).toBe(TIME_MS);
});

test('ignores an evicted blob', () => {
  expect(touchBlob(createDirectory(), `sha256:${'a'.repeat(64)}`, TIME_MS, NOW_MS)).toBe('missing');
});
