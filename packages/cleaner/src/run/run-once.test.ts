import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  blobFile,
  layerLinkDir,
  repositoriesDir,
  revisionLinkDir,
  tagsDir,
} from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { createPace } from '../pace.ts';
import { Problems } from '../problems.ts';
import { Liveness } from '../remove/liveness.ts';
import { removeBlob } from '../remove/remove-blob.ts';
import { sweepRepositories } from '../remove/sweep-repositories.ts';
import { scanBlobs } from '../scan/scan-blobs.ts';
import { addImage, run } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';
import { runOnce } from './run-once.ts';

test('takes the oldest blobs with all their links, and leaves the rest as it is', async () => {
  const store = new TestStore();
  const old = addImage(store, 'quay.io', 'org/old', 60);
  const recent = addImage(store, 'quay.io', 'org/recent', 5);
  const report = await run(store, 300, 360);
  expect(report).toMatchObject({
    usedBeforeBytes: 600,
    usedAfterBytes: 300,
    evictedBytes: 300,
    evictedBlobs: 3,
    blobs: 3,
    removedLinks: 5,
    problems: [],
  });
  expect(report.oldestAccessMs).toBeCloseTo(store.nowMs - 5 * 60_000, -1);
  expect([old.manifest, old.config, old.layer].some((digest) => store.has(digest))).toBe(false);
  expect(existsSync(old.directory)).toBe(false);
  for (const digest of [recent.manifest, recent.config, recent.layer]) {
    expect(store.has(digest)).toBe(true);
  }
  expect(existsSync(`${layerLinkDir(recent.directory, recent.layer)}/link`)).toBe(true);
  expect(existsSync(`${revisionLinkDir(recent.directory, recent.manifest)}/link`)).toBe(true);
  expect(existsSync(join(tagsDir(recent.directory), 'latest', 'current', 'link'))).toBe(true);
});

test('does nothing up to the size at which cleaning starts', async () => {
  const store = new TestStore();
  addImage(store, 'quay.io', 'org/app', 60);
  expect(await run(store, 200, 300)).toMatchObject({ evictedBlobs: 0, usedAfterBytes: 300 });
});

test('removes links in every upstream and repository', async () => {
  const store = new TestStore();
  const shared = store.blob(100, 60);
  const places = [
    ['quay.io', 'a'],
    ['quay.io', 'a/b/c'],
    ['docker.io', 'library/debian'],
  ] as const;
  for (const [upstream, repository] of places) store.layer(upstream, repository, shared);
  expect(await run(store, 0)).toMatchObject({ evictedBlobs: 1, removedLinks: 3 });
  for (const [upstream, repository] of places) {
    const top = repositoriesDir(store.root, upstream);
    expect(existsSync(join(top, repository.split('/')[0] ?? ''))).toBe(false);
    expect(existsSync(top)).toBe(true);
  }
});

test('handles blobs of sha512, also if only the link is named by sha512', async () => {
  const store = new TestStore();
  const own = store.blob(100, 60, { algorithm: 'sha512' });
  const canonical = store.blob(100, 60);
  const keeper = store.blob(100, 1);
  const alias = `sha512:${'a'.repeat(128)}`;
  store.layer('quay.io', 'app', own);
  store.layer('quay.io', 'app', canonical, alias);
  store.layer('quay.io', 'app', keeper, `sha512:${'b'.repeat(128)}`);
  expect(await run(store, 100)).toMatchObject({ evictedBlobs: 2, removedLinks: 2 });
  const repository = store.repository('quay.io', 'app');
  expect(existsSync(layerLinkDir(repository, alias))).toBe(false);
  expect(existsSync(layerLinkDir(repository, `sha512:${'b'.repeat(128)}`))).toBe(true);
});

test('a tag goes with its current manifest, but not with an older one', async () => {
  const store = new TestStore();
  const [old, current] = [store.blob(100, 60), store.blob(100, 1)];
  const moved = store.tag('quay.io', 'app', 'moved', old, current);
  const stuck = store.tag('quay.io', 'app', 'stuck', current, old);
  store.manifest('quay.io', 'app', current);
  expect(await run(store, 100)).toMatchObject({ evictedBlobs: 1 });
  expect(readFileSync(join(moved, 'current', 'link'), 'utf8')).toBe(current);
  expect(existsSync(join(moved, 'index', 'sha256', old.slice(7)))).toBe(false);
  expect(existsSync(join(moved, 'index', 'sha256', current.slice(7)))).toBe(true);
  expect(existsSync(stuck)).toBe(false);
});

test('a tag that is being pulled again stays, because its manifest will come', async () => {
  const store = new TestStore();
  const { manifest, directory } = addImage(store, 'quay.io', 'app', 60);
  const current = join(tagsDir(directory), 'latest', 'current');
  store.setAges(join(current, 'link'), -1, -1);
  await run(store, 0);
  expect(store.has(manifest)).toBe(false);
  expect(existsSync(join(current, 'link'))).toBe(true);
});

test('a link that an engine is writing beside a dead one stays', async () => {
  const store = new TestStore();
  const { directory } = addImage(store, 'quay.io', 'app', 60);
  const coming = join(tagsDir(directory), 'latest', 'current', 'link.0f.tmp');
  store.write(coming, '');
  await run(store, 0);
  expect(existsSync(join(coming, '..', 'link'))).toBe(false);
  expect(existsSync(coming)).toBe(true);
});

test('leaves a blob that was written seconds ago', async () => {
  const store = new TestStore();
  const young = store.blob(100, 60, { writtenAge: 0 });
  store.layer('quay.io', 'app', young);
  expect(await run(store, 0)).toMatchObject({ evictedBlobs: 0, removedLinks: 0 });
  expect(store.has(young)).toBe(true);
});

test('a program that reads the blob reads it to its end', async () => {
  const store = new TestStore();
  const digest = store.blob(100_000, 60);
  const open = openSync(blobFile(store.root, digest), 'r');
  await run(store, 0);
  expect(store.has(digest)).toBe(false);
  expect(readFileSync(open)).toHaveLength(100_000);
  closeSync(open);
});

test('removes nothing after it was stopped', async () => {
  const store = new TestStore();
  const digest = store.blob(100, 60);
  const limits = { startBytes: 0, targetBytes: 0 };
  const signal = AbortSignal.abort('SIGTERM');
  const options = { root: store.root, limits, nowMs: Date.now, sweepAlways: true, signal };
  await expect(runOnce(options)).rejects.toBe('SIGTERM');
  expect(store.has(digest)).toBe(true);
});

test('the run after a stopped one removes the remaining links', async () => {
  const store = new TestStore();
  const { config, layer, directory } = addImage(store, 'quay.io', 'app', 60);
  const problems = new Problems();
  const { table } = await scanBlobs(store.root, problems, createPace(), store.nowMs);
  // The state that a kill right after two removals leaves.
  for (const digest of [config, layer]) {
    removeBlob(store.root, table, table.rowOf('sha256', digest.slice(7)), problems);
  }
  expect(existsSync(layerLinkDir(directory, layer))).toBe(true);
  expect(await run(store, 1000)).toMatchObject({ evictedBlobs: 0, removedLinks: 2 });
  expect(existsSync(layerLinkDir(directory, layer))).toBe(false);
});

test('a blob that is fetched again meanwhile keeps its links', async () => {
  const store = new TestStore();
  const { layer, directory } = addImage(store, 'quay.io', 'app', 60);
  const problems = new Problems();
  const pace = createPace();
  const { table } = await scanBlobs(store.root, problems, pace, store.nowMs);
  removeBlob(store.root, table, table.rowOf('sha256', layer.slice(7)), problems);
  store.write(blobFile(store.root, layer), 'again');
  const liveness = new Liveness(store.root, table, problems);
  const times = { startedMs: Date.now(), youngestMs: store.nowMs, leftSinceMs: 0 };
  const onUnlinked = () => undefined;
  const sweep = { root: store.root, liveness, problems, pace, ...times, onUnlinked };
  expect(await sweepRepositories(sweep)).toBe(0);
  expect(existsSync(layerLinkDir(directory, layer))).toBe(true);
});
