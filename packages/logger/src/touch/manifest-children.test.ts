import { rmSync } from 'node:fs';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { addBlob, createDirectory, LONG_AGO_MS, readAccessMs } from '../testing/store.ts';
import { ManifestChildren } from './manifest-children.ts';

const CHILD = `sha256:${'c'.repeat(64)}`;

function addManifest(root: string, name: string): string {
  return addBlob(root, JSON.stringify({ name, config: { digest: CHILD }, layers: [] }));
}

test('reads each manifest once', () => {
  const root = createDirectory();
  const manifest = addManifest(root, 'first');
  const children = new ManifestChildren(root);
  expect(children.of(manifest)).toEqual([CHILD]);
  rmSync(blobFile(root, manifest));
  expect(children.of(manifest)).toEqual([CHILD]);
});

test('forgets the manifest that was used least recently', () => {
  const root = createDirectory();
  const [first, second, third] = ['1', '2', '3'].map((name) => addManifest(root, name));
  const children = new ManifestChildren(root, 2);
  for (const digest of [first, second, first, third]) children.of(digest ?? '');
  for (const digest of [first, second]) rmSync(blobFile(root, digest ?? ''));
  expect(children.of(first ?? '')).toEqual([CHILD]);
  expect(children.of(second ?? '')).toEqual([]);
});

test('finds a manifest that arrives later', () => {
  const root = createDirectory();
  const manifest = addManifest(root, 'late');
  const elsewhere = createDirectory();
  const children = new ManifestChildren(elsewhere);
  expect(children.of(manifest)).toEqual([]);
  addManifest(elsewhere, 'late');
  expect(children.of(manifest)).toEqual([CHILD]);
});

test('does not read a file that is too large for a manifest', () => {
  const root = createDirectory();
  const padding = ' '.repeat(4 * 1024 * 1024);
  const big = addBlob(root, `${JSON.stringify({ config: { digest: CHILD } })}${padding}`);
  expect(new ManifestChildren(root).of(big)).toEqual([]);
});

test('does not change the access time by its own reading', () => {
  const root = createDirectory();
  const manifest = addManifest(root, 'quiet');
  new ManifestChildren(root).of(manifest);
  expect(readAccessMs(root, manifest)).toBe(LONG_AGO_MS);
});
