import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobFile, egressDir, layerLinkDir, repositoryDir } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../wire/http/digest.ts';
import { type ContentStore, openContentStore } from './content-store.ts';

const BYTES = Buffer.from('what a blob holds');
const DIGEST = digestOf(BYTES);
let root: string;
let store: ContentStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'content-store-'));
  store = openContentStore(root);
  await mkdir(egressDir(root));
});

afterEach(() => rm(root, { recursive: true }));

async function temporary(content: Buffer): Promise<string> {
  const file = store.temporaryFile();
  await writeFile(file, content);
  return file;
}

test('a verified file becomes a blob', async () => {
  expect(await store.blobSize(DIGEST)).toBeUndefined();
  await store.storeFile(DIGEST, await temporary(BYTES));
  expect([await store.blobSize(DIGEST), await store.readBlob(DIGEST)]).toEqual([17, BYTES]);
  await utimes(blobFile(root, DIGEST), 0, 0);
  await store.storeFile(DIGEST, await temporary(BYTES));
  // The cleaner leaves a blob of this age alone until its link is written.
  expect((await stat(blobFile(root, DIGEST))).mtimeMs).toBeGreaterThan(0);
  expect(await readdir(egressDir(root))).toEqual([]);
});

test('a link is for one repository alone', async () => {
  await store.linkLayer('quay.io', 'team/app', DIGEST);
  expect(await store.hasLayer('quay.io', 'team/app', DIGEST)).toBe(true);
  expect(await store.hasLayer('quay.io', 'team/other', DIGEST)).toBe(false);
  expect(await store.hasLayer('ghcr.io', 'team/app', DIGEST)).toBe(false);
  const directory = layerLinkDir(repositoryDir(root, 'quay.io', 'team/app'), DIGEST);
  expect(await readFile(join(directory, 'link'), 'utf8')).toBe(DIGEST);
});

test('removes the unfinished bodies of an earlier egress, and nothing else', async () => {
  await temporary(BYTES);
  await writeFile(join(egressDir(root), 'not ours'), '');
  await store.begun.read();
  expect(await readdir(egressDir(root))).toEqual(['not ours']);
  await rm(egressDir(root), { recursive: true });
  await store.begun.read();
});

test('an empty file counts as a blob only for the digest of no bytes', async () => {
  const nothing = digestOf(Buffer.alloc(0));
  for (const digest of [DIGEST, nothing])
    await store.storeFile(digest, await temporary(Buffer.alloc(0)));
  expect([await store.blobSize(DIGEST), await store.blobSize(nothing)]).toEqual([undefined, 0]);
  await store.storeFile(DIGEST, await temporary(BYTES));
  expect(await readFile(blobFile(root, DIGEST))).toEqual(BYTES);
});

test('wrong bytes are not read, and the next write replaces them', async () => {
  await store.storeFile(DIGEST, await temporary(BYTES.subarray(1)));
  expect(await store.readBlob(DIGEST)).toBeUndefined();
  await store.storeBytes(DIGEST, BYTES);
  expect(await store.readBlob(DIGEST)).toEqual(BYTES);
});

test('a blob that is too large for a manifest is not read', async () => {
  const large = Buffer.alloc(4 * 1024 * 1024 + 1);
  await store.storeFile(digestOf(large), await temporary(large));
  expect(await store.readBlob(digestOf(large))).toBeUndefined();
});

test('removes damaged blobs, and nothing else', async () => {
  await store.storeFile(DIGEST, await temporary(BYTES));
  expect(await store.removeDamaged(DIGEST)).toBe(false);
  await writeFile(blobFile(root, DIGEST), BYTES.subarray(1));
  expect([await store.removeDamaged(DIGEST), await store.blobSize(DIGEST)]).toEqual([
    true,
    undefined,
  ]);
  expect(await store.removeDamaged(DIGEST)).toBe(false);
});
