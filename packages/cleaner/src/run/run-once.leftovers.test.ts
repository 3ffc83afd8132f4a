import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  blobDir,
  blobFile,
  egressDir,
  layerLinkDir,
  referrersFile,
  repositoriesDir,
  tagsDir,
} from '@registry-cache/domain';
import { describe, expect, test } from 'vitest';
import { addImage, run } from '../testing/run.ts';
import { TestStore } from '../testing/store.ts';

describe('repositories', () => {
  test('a repository with a running download stays, without its dead links', async () => {
    const store = new TestStore();
    const { directory } = addImage(store, 'quay.io', 'app', 60);
    const upload = store.upload('quay.io', 'app', 50, 0);
    await run(store, 50);
    expect(existsSync(upload)).toBe(true);
    expect(existsSync(tagsDir(directory))).toBe(true);
  });

  test('an emptied repository goes with the referrers that were listed for it', async () => {
    const store = new TestStore();
    const { directory } = addImage(store, 'quay.io', 'app', 60);
    const list = referrersFile(directory, `sha256:${'a'.repeat(64)}`);
    mkdirSync(dirname(list));
    writeFileSync(list, `sha256:${'b'.repeat(64)}\n`);
    await run(store, 0);
    expect(existsSync(directory)).toBe(false);
  });

  test('a repository that an engine used seconds ago stays for now', async () => {
    const store = new TestStore();
    const { directory } = addImage(store, 'quay.io', 'app', 60);
    store.setAges(join(directory, '_uploads'), 0, 0);
    await run(store, 0);
    expect(existsSync(directory)).toBe(true);
    store.age(repositoriesDir(store.root, 'quay.io'), 11);
    await run(store, 0);
    expect(existsSync(directory)).toBe(false);
  });

  test('the parent of an emptied repository stays while it holds others', async () => {
    const store = new TestStore();
    const outer = addImage(store, 'quay.io', 'team/app', 60);
    const inner = addImage(store, 'quay.io', 'team/app/tools', 1);
    await run(store, 300);
    expect(existsSync(inner.directory)).toBe(true);
    expect(existsSync(join(outer.directory, '_layers'))).toBe(false);
  });
});

describe('leftovers', () => {
  test('removes links to blobs that an operator deleted', async () => {
    const store = new TestStore();
    const { layer, manifest, directory } = addImage(store, 'quay.io', 'app', 60);
    for (const digest of [layer, manifest])
      rmSync(blobDir(store.root, digest), { recursive: true });
    store.age(tagsDir(directory), 11);
    expect(await run(store, 1000)).toMatchObject({ evictedBlobs: 0, removedLinks: 4 });
    expect(existsSync(layerLinkDir(directory, layer))).toBe(false);
    expect(existsSync(join(tagsDir(directory), 'latest'))).toBe(false);
  });

  test('keeps a tag whose manifest is still being fetched', async () => {
    const store = new TestStore();
    const coming = `sha256:${'c'.repeat(64)}`;
    const tag = store.tag('quay.io', 'app', 'new', coming);
    expect(await run(store, 1000)).toMatchObject({ removedLinks: 0 });
    expect(existsSync(join(tag, 'current', 'link'))).toBe(true);
  });

  test('keeps a link that is being written', async () => {
    const store = new TestStore();
    const coming = layerLinkDir(store.repository('quay.io', 'app'), `sha256:${'c'.repeat(64)}`);
    store.write(join(coming, 'link.0f.tmp'), '');
    await run(store, 1000);
    expect(existsSync(coming)).toBe(true);
    store.age(coming, 11);
    await run(store, 1000);
    expect(existsSync(coming)).toBe(false);
  });

  test('removes uploads and bodies that have not moved for ten minutes, and no younger ones', async () => {
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

  test('an upload is as young as the youngest file in it', async () => {
    const store = new TestStore();
    const upload = store.upload('quay.io', 'app', 100, 60);
    store.setAges(join(upload, 'data'), 1, 1);
    await run(store, 1000);
    expect(existsSync(join(upload, 'data'))).toBe(true);
  });

  test('removes blob directories without data', async () => {
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

describe('unusual stores', () => {
  test('does nothing in an empty store', async () => {
    const store = new TestStore();
    const report = await run(store, 0);
    expect(report).toMatchObject({ blobs: 0, usedAfterBytes: 0, oldestAccessMs: undefined });
  });

  test('names a store that does not exist', async () => {
    const store = new TestStore();
    rmSync(store.root, { recursive: true });
    await expect(run(store, 0)).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });

  test('leaves files outside the layout alone', async () => {
    const store = new TestStore();
    const strangers = ['blobs/README', 'blobs/sha256/zz/notes', 'lost+found/x', 'registries/file'];
    for (const path of strangers) store.write(join(store.root, path), 'x');
    mkdirSync(join(store.root, 'blobs/sha256/ab/not-hex'), { recursive: true });
    expect(await run(store, 0)).toMatchObject({ evictedBlobs: 0, problems: [] });
    for (const path of strangers) expect(existsSync(join(store.root, path))).toBe(true);
  });
});
