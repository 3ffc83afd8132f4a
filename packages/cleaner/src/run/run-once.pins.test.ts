import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  blobFile,
  digestPinFile,
  pinsDir,
  referrersFile,
  revisionLinkDir,
  tagCurrentLink,
  tagPinFile,
} from '@registry-cache/domain';
import { addPin, HeldReader, type Pin, removePin } from '@registry-cache/pins';
import { expect, test } from 'vitest';
import { run } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';
import { runOnce } from './run-once.ts';

const PIN = {
  upstreamId: 'quay.io',
  repository: 'org/app',
  why: 'pin',
  by: 'operator',
  since: new Date(0).toISOString(),
} as const;

/** Adds a manifest with this content, linked in the repository, an hour old. */
function addManifest(store: TestStore, content: object, repository: string = PIN.repository) {
  const text = JSON.stringify(content);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  store.write(blobFile(store.root, digest), text);
  store.setAges(blobFile(store.root, digest), 60, 60);
  store.manifest(PIN.upstreamId, repository, digest);
  return { digest, size: text.length };
}

/** An image with a config and a layer of 100 bytes each, all an hour old. */
function addImage(store: TestStore, repository: string = PIN.repository, more: object = {}) {
  const [config, layer] = [store.blob(100, 60), store.blob(100, 60)];
  for (const digest of [config, layer]) store.layer(PIN.upstreamId, repository, digest);
  const layers = [{ digest: layer, size: 100 }];
  const manifest = addManifest(
    store,
    { config: { digest: config, size: 100 }, layers, ...more },
    repository,
  );
  return { ...manifest, all: [manifest.digest, config, layer] };
}

function pin(store: TestStore, more: Pick<Pin, 'digest'> & Partial<Pin>): Promise<void> {
  return addPin(store.root, { ...PIN, ...more });
}

const hasAll = (store: TestStore, digests: readonly string[]) =>
  digests.every((digest) => store.has(digest));
const hasAny = (store: TestStore, digests: readonly string[]) =>
  digests.some((digest) => store.has(digest));

test('keeps a pinned image, and evicts all others, whatever the limit is', async () => {
  const store = new TestStore();
  const [pinned, other] = [addImage(store), addImage(store)];
  await pin(store, { digest: pinned.digest });
  const report = await run(store, 0);
  expect([hasAll(store, pinned.all), hasAny(store, other.all)]).toEqual([true, false]);
  expect(report.pinned).toMatchObject({ bytes: pinned.size + 200, blobs: 3, broken: [] });
  expect(report.pinned.pins).toEqual(new Map([['pin', 1]]));
  expect(report.usedAfterBytes).toBe(report.pinned.bytes);
  const { upstreamId, repository } = PIN;
  const link = revisionLinkDir(store.repository(upstreamId, repository), pinned.digest);
  expect(existsSync(link)).toBe(true);
});

test('keeps the platforms of an index that are here, and their layers', async () => {
  const store = new TestStore();
  const here = addImage(store);
  const absent = { digest: `sha256:${'c'.repeat(64)}`, size: 1 };
  const index = addManifest(store, { manifests: [{ ...here, all: undefined }, absent] });
  await pin(store, { digest: index.digest });
  await run(store, 0);
  expect(hasAll(store, [index.digest, ...here.all])).toBe(true);
});

test('keeps what refers to a pinned image: by subject, by tag and by list, and their own', async () => {
  const store = new TestStore();
  const { upstreamId, repository } = PIN;
  const image = addImage(store);
  const bySubject = addImage(store, repository, { subject: { digest: image.digest, size: 1 } });
  const ofReferrer = addImage(store, repository, {
    subject: { digest: bySubject.digest, size: 1 },
  });
  const byTag = addImage(store);
  const byList = addImage(store);
  const foreign = addImage(store);
  const name = image.digest.replace(':', '-');
  store.tag(upstreamId, repository, `${name}.sig`, byTag.digest);
  const list = referrersFile(store.repository(upstreamId, repository), image.digest);
  store.write(list, `${byList.digest}\n`);
  await pin(store, { digest: image.digest });
  await run(store, 0);
  for (const { all } of [image, bySubject, ofReferrer, byTag, byList]) {
    expect(hasAll(store, all)).toBe(true);
  }
  expect(hasAny(store, foreign.all)).toBe(false);
});

test('keeps what a tag that follows its registry leads to now, and no longer what it led to', async () => {
  const store = new TestStore();
  const [old, current] = [addImage(store), addImage(store)];
  store.tag(PIN.upstreamId, PIN.repository, 'v1', old.digest, current.digest);
  await pin(store, { tag: 'v1', digest: old.digest });
  await run(store, 0);
  expect([hasAny(store, old.all), hasAll(store, current.all)]).toEqual([false, true]);
});

test('keeps what a tag had, while its new manifest is not here or the tag is gone', async () => {
  const store = new TestStore();
  const image = addImage(store);
  store.tag(PIN.upstreamId, PIN.repository, 'v1', `sha256:${'c'.repeat(64)}`);
  await pin(store, { tag: 'v1', digest: image.digest });
  await pin(store, { tag: 'gone', digest: image.digest });
  await run(store, 0);
  expect(hasAll(store, image.all)).toBe(true);
});

test('keeps the digest of a frozen tag, wherever the tag leads here', async () => {
  const store = new TestStore();
  const [frozen, other] = [addImage(store), addImage(store)];
  store.tag(PIN.upstreamId, PIN.repository, 'v1', frozen.digest, other.digest);
  await pin(store, { tag: 'v1', digest: frozen.digest, why: 'mirrored' });
  await run(store, 0);
  expect([hasAll(store, frozen.all), hasAny(store, other.all)]).toEqual([true, false]);
});

test('keeps pinned images of a registry that the pull secret no longer has', async () => {
  const store = new TestStore();
  const image = addImage(store);
  await addPin(store.root, { ...PIN, upstreamId: 'left.example.com', digest: image.digest });
  await run(store, 0);
  expect(hasAll(store, image.all)).toBe(true);
});

test('a broken pin is named, and keeps all that its tag ever led to here', async () => {
  const store = new TestStore();
  const [old, current, other] = [addImage(store), addImage(store), addImage(store)];
  store.tag(PIN.upstreamId, PIN.repository, 'v1', old.digest, current.digest);
  const file = tagPinFile(store.root, PIN.upstreamId, PIN.repository, 'v1');
  store.write(file, '{"digest":');
  const { pinned } = await run(store, 0);
  expect([old, current, other].map(({ all }) => hasAny(store, all))).toEqual([true, true, false]);
  expect(pinned.broken).toMatchObject([{ file, problem: 'not a JSON object (10 characters)' }]);
});

test('evicts nothing while folders of pins cannot be read, and says so', async () => {
  const store = new TestStore();
  const image = addImage(store);
  mkdirSync(pinsDir(store.root));
  symlinkSync('elsewhere', join(pinsDir(store.root), 'quay.io'));
  const report = await run(store, 0);
  expect(report).toMatchObject({ evictedBlobs: 0, pinned: { mayHoldAnything: true } });
  expect(report.pinned.unreadable).toEqual([
    { directory: join(pinsDir(store.root), 'quay.io'), problem: 'is a link' },
  ]);
  expect(hasAll(store, image.all)).toBe(true);
  rmSync(pinsDir(store.root), { recursive: true });
  expect(await run(store, 0)).toMatchObject({ evictedBlobs: 3, pinned: { bytes: 0 } });
});

test('keeps a repository whole while a manifest of it cannot be read', async () => {
  const store = new TestStore();
  const [pinned, other] = [addImage(store), addImage(store)];
  const elsewhere = addImage(store, 'org/other');
  await pin(store, { digest: pinned.digest });
  // Root may read every file, so a socket stands in its place. Nobody can open that.
  const socket = join(store.root, 'socket');
  const server = createServer().listen(socket);
  await once(server, 'listening');
  renameSync(socket, blobFile(store.root, pinned.digest));
  const report = await run(store, 0);
  server.close();
  expect(report.pinned.unreadable).toMatchObject([{ problem: 'ENXIO' }]);
  expect(hasAll(store, [...pinned.all, ...other.all])).toBe(true);
  expect(hasAny(store, elsewhere.all)).toBe(false);
});

test('a reader that is used again sees each change: pins, tags and referrers', async () => {
  const store = new TestStore();
  const { upstreamId, repository } = PIN;
  const held = new HeldReader(store.root);
  const clean = () =>
    runOnce({
      root: store.root,
      limits: { startBytes: 0, targetBytes: 0 },
      held,
      nowMs: Date.now,
      sweepAlways: false,
    });
  const [first, second, third] = [addImage(store), addImage(store), addImage(store)];
  store.tag(upstreamId, repository, 'v1', first.digest);
  await pin(store, { tag: 'v1', digest: first.digest });
  for (const { digest } of [second, third]) await pin(store, { digest });
  await clean();
  expect(hasAll(store, [...first.all, ...second.all, ...third.all])).toBe(true);
  await removePin(store.root, { upstreamId, repository, digest: third.digest });
  await clean();
  expect([hasAll(store, second.all), hasAny(store, third.all)]).toEqual([true, false]);
  // As an engine writes a tag: the folder of all tags keeps its time.
  writeFileSync(tagCurrentLink(store.repository(upstreamId, repository), 'v1'), second.digest);
  const { digest } = addImage(store, repository, { subject: { digest: second.digest } });
  await clean();
  expect([hasAny(store, first.all), hasAll(store, [...second.all, digest])]).toEqual([false, true]);
});

test('keeps the pins of many repositories', async () => {
  const store = new TestStore();
  const images = Array.from({ length: 60 }, (_, index) => addImage(store, `org/app${index}`));
  const { upstreamId, repository: _, ...rest } = PIN;
  for (const [index, { digest }] of images.entries()) {
    // As `addPin` writes it, without its wait for the disk.
    const file = digestPinFile(store.root, upstreamId, `org/app${index}`, digest);
    store.write(file, JSON.stringify({ ...rest, digest }));
  }
  const report = await run(store, 0);
  expect(report).toMatchObject({ evictedBlobs: 0, pinned: { blobs: 180 } });
});
