import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  blobFile,
  layerLinkDir,
  revisionLinkDir,
  tagCurrentLink,
  uploadsDir,
} from '@registry-cache/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BegunUploads } from '../store/begun-uploads.ts';
import { HostedStore } from '../store/hosted-store.ts';
import { Room } from '../store/room.ts';
import { Claims } from './claims.ts';
import { Deletions } from './deletions.ts';
import { DigestGuard } from './digest-guard.ts';
import { Sweeper } from './sweeper.ts';

const HOUR_MS = 3_600_000;
let root: string;
let store: HostedStore;
let nowMs: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hosted-sweep-'));
  store = new HostedStore(root);
  nowMs = Date.now();
});

afterEach(() => rm(root, { recursive: true, force: true }));

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;

async function put(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function putBlob(repository: string, letter: string, size = 10): Promise<void> {
  const digest = digestOf(letter);
  await put(blobFile(root, digest), 'x'.repeat(size));
  await put(join(layerLinkDir(store.repositoryDir(repository), digest), 'link'), digest);
}

async function putManifest(
  repository: string,
  letter: string,
  content: object,
  tag?: string,
): Promise<string> {
  const digest = digestOf(letter);
  await put(blobFile(root, digest), JSON.stringify(content));
  const directory = store.repositoryDir(repository);
  await put(join(revisionLinkDir(directory, digest), 'link'), digest);
  if (tag !== undefined) await put(tagCurrentLink(directory, tag), digest);
  return digest;
}

const image = (...letters: string[]) => ({
  layers: letters.map((letter) => ({ digest: digestOf(letter), size: 10 })),
});
const index = (...letters: string[]) => ({
  manifests: letters.map((letter) => ({ digest: digestOf(letter), size: 10 })),
});

function open(busy: readonly string[] = []) {
  const parts = {
    store,
    room: new Room(),
    begun: new BegunUploads(),
    guard: new DigestGuard(),
    claims: new Claims(() => nowMs),
    deletions: new Deletions(join(root, 'deleted')),
    now: () => nowMs,
    isBusy: (id: string) => busy.includes(id),
  };
  return { ...parts, sweeper: new Sweeper(parts) };
}

/** As the engine does it: the link goes, the bytes stay. */
async function deleteManifest(opened: ReturnType<typeof open>, repository: string, letter: string) {
  const digest = digestOf(letter);
  await opened.deletions.add({ kind: 'manifest', repository, digest });
  await store.removeRevision(repository, digest);
}

async function hasBlob(letter: string): Promise<boolean> {
  return stat(blobFile(root, digestOf(letter))).then(
    () => true,
    () => false,
  );
}

async function which(...letters: string[]): Promise<string> {
  const found = await Promise.all(letters.map(async (one) => ((await hasBlob(one)) ? one : '')));
  return found.join('');
}

it('frees what a deleted image had alone, and nothing that others have', async () => {
  await putBlob('apps/a', '1');
  await putBlob('apps/a', '2');
  await putBlob('apps/a', '3');
  await putBlob('apps/b', '3');
  await putManifest('apps/a', 'a', image('1', '2', '3'));
  await putManifest('apps/a', 'b', image('2'), 'v2');
  const opened = open();
  await opened.sweeper.sweepAll();
  const before = opened.room.heldBytes;
  await deleteManifest(opened, 'apps/a', 'a');
  await opened.sweeper.sweepDeletions();
  expect(await which('1', '2', '3', 'a', 'b')).toBe('23b');
  expect(await store.hasLayer('apps/a', digestOf('3'))).toBe(false);
  expect(opened.sweeper.freedBytes).toBe(before - opened.room.heldBytes);
  expect(opened.sweeper.freedBytes).toBeGreaterThan(10);
  expect(await opened.deletions.list()).toEqual([]);
});

it('frees the images of a deleted index', async () => {
  await putBlob('apps/a', '1');
  await putManifest('apps/a', 'c', image('1'));
  await putManifest('apps/a', 'd', index('c'), 'gone');
  const opened = open();
  await deleteManifest(opened, 'apps/a', 'd');
  await rm(dirname(dirname(tagCurrentLink(store.repositoryDir('apps/a'), 'gone'))), {
    recursive: true,
  });
  await opened.sweeper.sweepDeletions();
  expect(await which('1', 'c', 'd')).toBe('');
});

it('waits for a push that counts on a blob, and keeps it for its manifest', async () => {
  await putBlob('apps/a', '1');
  await putManifest('apps/a', 'a', image('1'));
  const opened = open();
  opened.claims.claim('apps/a', digestOf('1'));
  await deleteManifest(opened, 'apps/a', 'a');
  await opened.sweeper.sweepDeletions();
  expect(await which('1', 'a')).toBe('1a');
  expect(await opened.deletions.list()).toHaveLength(1);
  await putManifest('apps/a', 'b', image('1'));
  nowMs += 31_000;
  await opened.sweeper.sweepDeletions();
  expect(await which('1', 'a', 'b')).toBe('1b');
});

it('finishes what a push held up, once that push has ended without a manifest', async () => {
  await putBlob('apps/a', '1');
  await putManifest('apps/a', 'c', image('1'));
  await putManifest('apps/a', 'd', index('c'));
  const opened = open();
  opened.claims.claim('apps/a', digestOf('1'));
  await deleteManifest(opened, 'apps/a', 'd');
  await opened.sweeper.sweepDeletions();
  nowMs += 31_000;
  await open().sweeper.sweepDeletions();
  expect(await which('1', 'c', 'd')).toBe('');
});

it('leaves alone what a request uses at that moment', async () => {
  await putBlob('apps/a', '1');
  await putManifest('apps/a', 'a', image('1'));
  const opened = open();
  await deleteManifest(opened, 'apps/a', 'a');
  {
    using _use = await opened.guard.use([digestOf('1')]);
    await opened.sweeper.sweepDeletions();
    expect(await store.hasLayer('apps/a', digestOf('1'))).toBe(true);
  }
  await opened.sweeper.sweepDeletions();
  expect(await which('1', 'a')).toBe('');
});

it('does nothing for a deleted manifest that was pushed again', async () => {
  await putBlob('apps/a', '1');
  const digest = await putManifest('apps/a', 'a', image('1'));
  const opened = open();
  await opened.deletions.add({ kind: 'manifest', repository: 'apps/a', digest });
  await opened.sweeper.sweepDeletions();
  expect(await which('1', 'a')).toBe('1a');
  expect(await opened.deletions.list()).toEqual([]);
});

it('frees a deleted blob that no repository links', async () => {
  await putBlob('apps/a', '1');
  const opened = open();
  await opened.deletions.add({ kind: 'blob', repository: 'apps/a', digest: digestOf('1') });
  await store.removeLayer('apps/a', digestOf('1'));
  await opened.sweeper.sweepDeletions();
  expect(await which('1')).toBe('');
});

it('frees blobs without a manifest after an hour, and no younger ones', async () => {
  await putBlob('apps/a', '1');
  await putBlob('apps/a', '2');
  await putManifest('apps/a', 'a', image('2'));
  await open().sweeper.sweepAll();
  expect(await which('1', '2', 'a')).toBe('12a');
  nowMs += 2 * HOUR_MS;
  await open().sweeper.sweepAll();
  expect(await which('1', '2', 'a')).toBe('2a');
});

it('never touches an upload that goes on, and drops one that stood still for a day', async () => {
  const uploads = uploadsDir(store.repositoryDir('apps/a'));
  for (const name of ['old', 'busy', 'new']) {
    await put(join(uploads, name, 'startedat'), 'x');
    await put(join(uploads, name, 'data'), 'y'.repeat(20));
    const at = new Date(nowMs - (name === 'new' ? HOUR_MS : 25 * HOUR_MS));
    await utimes(join(uploads, name, 'startedat'), at, at);
    await utimes(join(uploads, name, 'data'), at, at);
  }
  const opened = open(['busy']);
  await opened.sweeper.sweepAll();
  expect(await store.findUpload('apps/a', 'old')).toBeUndefined();
  expect(await store.findUpload('apps/a', 'busy')).toBeDefined();
  expect(await store.findUpload('apps/a', 'new')).toMatchObject({ offset: 20 });
  expect(opened.room.heldBytes).toBe(20);
});

it('drops an upload without a byte after an hour, and its user may begin others', async () => {
  const uploads = uploadsDir(store.repositoryDir('apps/a'));
  await put(join(uploads, 'empty', 'startedat'), 'x');
  const opened = open();
  await opened.begun.begin('ann', async () => 'empty');
  nowMs += HOUR_MS / 2;
  await opened.sweeper.sweepAll();
  expect(await store.findUpload('apps/a', 'empty')).toBeDefined();
  nowMs += HOUR_MS;
  await opened.sweeper.sweepAll();
  expect(await store.findUpload('apps/a', 'empty')).toBeUndefined();
  expect(opened.begun.countOf('ann')).toBe(0);
});
