import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  blobDir,
  blobFile,
  egressDir,
  layerLinkDir,
  repositoriesDir,
  tagsDir,
} from '@registry-cache/domain';
import { describe, expect, test } from 'vitest';
import { addImage, run } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';

describe('repositories', () => {
  test('one in which an engine downloads stays, without its dead links', async () => {
    const store = new TestStore();
    const { directory } = addImage(store, 'quay.io', 'app', 60);
    const upload = store.upload('quay.io', 'app', 50, 0);
    await run(store, 50);
    expect(existsSync(upload)).toBe(true);
    expect(existsSync(tagsDir(directory))).toBe(true);
  });

  test('one in which an engine was seconds ago stays until it has rested', async () => {
    const store = new TestStore();
    const { directory } = addImage(store, 'quay.io', 'app', 60);
    store.setAges(join(directory, '_uploads'), 0, 0);
    await run(store, 0);
    expect(existsSync(directory)).toBe(true);
    store.age(repositoriesDir(store.root, 'quay.io'), 11);
    await run(store, 0);
    expect(existsSync(directory)).toBe(false);
  });

  test('the parent of one that is emptied stays while it holds others', async () => {
    const store = new TestStore();
    const outer = addImage(store, 'quay.io', 'team/app', 60);
    const inner = addImage(store, 'quay.io', 'team/app/tools', 1);
    await run(store, 300);
    expect(existsSync(inner.directory)).toBe(true);
    expect(existsSync(join(outer.directory, '_layers'))).toBe(false);
  });
});

describe('what was left behind', () => {
  test('links to blobs that somebody deleted', async () => {
    const store = new TestStore();
    const { layer, manifest, directory } = addImage(store, 'quay.io', 'app', 60);
    for (const digest of [layer, manifest])
      rmSync(blobDir(store.root, digest), { recursive: true });
    store.age(tagsDir(directory), 11);
    expect(await run(store, 1000)).toMatchObject({ evictedBlobs: 0, removedLinks: 4 });
    expect(existsSync(layerLinkDir(directory, layer))).toBe(false);
    expect(existsSync(join(tagsDir(directory), 'latest'))).toBe(false);
  });

  test('not a tag whose manifest is still on its way', async () => {
    const store = new TestStore();
    const coming = `sha256:${'c'.repeat(64)}`;
    const tag = store.tag('quay.io', 'app', 'new', coming);
    expect(await run(store, 1000)).toMatchObject({ removedLinks: 0 });
    expect(existsSync(join(tag, 'current', 'link'))).toBe(true);
  });

  test('not a link that is being written', async () => {
    const store = new TestStore();
    const coming = layerLinkDir(store.repository('quay.io', 'app'), `sha256:${'c'.repeat(64)}`);
    store.write(join(coming, 'link.0f.tmp'), '');
    await run(store, 1000);
    expect(existsSync(coming)).toBe(true);
    store.age(coming, 11);
    await run(store, 1000);
    expect(existsSync(coming)).toBe(false);
  });

  test('uploads and bodies in which nothing has moved for ten minutes; nothing younger', async () => {
    const store = new TestStore();
    const [stalled, running] = [11, 9].map((age) => store.upload('quay.io', 'app', 100, age));
    const bodies = ['old', 'new'].map((name) => join(egressDir(store.root), name));
    for (const body of bodies) store.write(body, 'x'.repeat(10));
    store.setAges(bodies[0] ?? '', 11, 11);
    const report = await run(store, 1000);
    expect(report).toMatchObject({ usedBeforeBytes: 220, leftoverBytes: 110, usedAfterBytes: 110 });
    expect([stalled, running, ...bodies].map((path) => existsSync(path ?? ''))).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  test('an upload counts as young while anything in it is', async () => {
    const store = new TestStore();
    const upload = store.upload('quay.io', 'app', 100, 60);
    store.setAges(join(upload, 'data'), 1, 1);
    await run(store, 1000);
    expect(existsSync(join(upload, 'data'))).toBe(true);
  });

  test('blob directories without data', async () => {
    const store = new TestStore();
    const shells = [store.blob(1, 60), store.blob(1, 60)].map((digest) => {
      rmSync(blobFile(store.root, digest));
      return blobDir(store.root, digest);
    });
    store.age(shells[0] ?? '', 11);
    await run(store, 1000);
    expect(shells.map((shell) => existsSync(shell))).toEqual([false, true]);
  });
});

describe('an odd store', () => {
  test('an empty one has nothing to do', async () => {
    const store = new TestStore();
    const report = await run(store, 0);
    expect(report).toMatchObject({ blobs: 0, usedAfterBytes: 0, oldestAccessMs: undefined });
  });

  test('one that is not there is named', async () => {
    const store = new TestStore();
    rmSync(store.root, { recursive: true });
    await expect(run(store, 0)).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });

  test('what is not of the layout is left alone', async () => {
    const store = new TestStore();
    const strangers = ['blobs/README', 'blobs/sha256/zz/notes', 'lost+found/x', 'registries/file'];
    for (const path of strangers) store.write(join(store.root, path), 'x');
    mkdirSync(join(store.root, 'blobs/sha256/ab/not-hex'), { recursive: true });
    expect(await run(store, 0)).toMatchObject({ evictedBlobs: 0, problems: [] });
    for (const path of strangers) expect(existsSync(join(store.root, path))).toBe(true);
  });
});
