import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { createFolder, digestOf, TestStore, VERIFY, write } from '../testing/test-store.ts';
import { verifyBundle } from '../verify/verify-bundle.ts';
import { exportFolder } from './export-folder.ts';
import { exportParts } from './export-parts.ts';
import { exportStream } from './export-stream.ts';

const APP = 'team/app';
const PARTS = { partBytes: 100_000 };

const blobOf = (dir: string, digest: string) => join(dir, 'blobs', digest.replace(':', '/'));

it('makes an OCI image layout in which images have their full names', async () => {
  const store = new TestStore();
  const image = store.addImage(APP, 'v1', ['a layer', 'another']);
  const dir = join(createFolder(), 'out');
  const { digest } = await exportFolder(
    dir,
    await store.collect({ [APP]: ['v1'] }),
    {},
    store.run(),
  );
  expect(JSON.parse(readFileSync(join(dir, 'oci-layout'), 'utf8'))).toEqual({
    imageLayoutVersion: '1.0.0',
  });
  expect(JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'))).toMatchObject({
    schemaVersion: 2,
    manifests: [
      {
        digest: image.digest,
        size: image.size,
        annotations: { 'org.opencontainers.image.ref.name': 'quay.io/team/app:v1' },
      },
    ],
  });
  expect(readFileSync(blobOf(dir, digestOf('a layer')), 'utf8')).toBe('a layer');
  expect(digest).toBe(digestOf(readFileSync(join(dir, 'bundle.json'))));
  execFileSync('sha256sum', ['--check', '--strict', 'bundle.json.sha256'], { cwd: dir });
});

it('makes only what is missing, and what is damaged, when it runs again', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['x'.repeat(5000), 'y'.repeat(700)]);
  const dir = createFolder();
  const plan = await store.collect({ [APP]: ['v1'] });
  const first = await exportFolder(dir, plan, {}, store.run());
  rmSync(blobOf(dir, digestOf('y'.repeat(700))));
  const second = await exportFolder(dir, plan, {}, store.run());
  expect([second.digest, second.writtenBytes]).toEqual([first.digest, 700]);
  writeFileSync(blobOf(dir, digestOf('x'.repeat(5000))), 'z'.repeat(5000));
  expect((await exportFolder(dir, plan, {}, store.run())).writtenBytes).toBe(5000);
  expect((await verifyBundle(dir, VERIFY)).problems).toEqual([]);
});

it('goes on after it was broken off, and shows no image before', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', [randomBytes(3_000_000), randomBytes(10)]);
  const dir = createFolder();
  const plan = await store.collect({ [APP]: ['v1'] });
  const stop = new AbortController();
  const broken = exportFolder(
    dir,
    plan,
    {},
    {
      ...store.run(stop.signal),
      onBytes: (bytes) => bytes > 500_000 && stop.abort(),
    },
  );
  await expect(broken).rejects.toThrow();
  expect(existsSync(join(dir, 'index.json'))).toBe(false);
  expect((await verifyBundle(dir, VERIFY)).problems.length).toBeGreaterThan(0);
  await exportFolder(dir, plan, {}, store.run());
  expect((await verifyBundle(dir, VERIFY)).problems).toEqual([]);
  expect(readdirSync(dir, { recursive: true }).join(' ')).not.toContain('unfinished');
});

it('leaves out an image with a damaged blob, and names it', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['good']);
  store.addImage(APP, 'v2', ['a bad layer', 'good']);
  const plan = await store.collect({ [APP]: ['v1', 'v2'] });
  writeFileSync(store.blob(digestOf('a bad layer')), 'a bxd layer');
  const dir = createFolder();
  const { images, lacking } = await exportFolder(dir, plan, {}, store.run());
  expect([images, lacking]).toEqual([
    1,
    [{ image: 'quay.io/team/app:v2', why: expect.stringContaining('damaged') }],
  ]);
  expect((await verifyBundle(dir, VERIFY)).problems).toEqual([]);
  expect(existsSync(blobOf(dir, digestOf('a bad layer')))).toBe(false);
});

it('removes what the folder does not need any more, and no file of others', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['old layer']);
  store.addImage(APP, 'v2', ['new layer']);
  const dir = createFolder();
  await exportFolder(dir, await store.collect({ [APP]: ['v1'] }), {}, store.run());
  write(join(dir, 'README'), 'mine');
  await exportFolder(dir, await store.collect({ [APP]: ['v2'] }), {}, store.run());
  const has = [blobOf(dir, digestOf('old layer')), join(dir, 'README')].map((file) =>
    existsSync(file),
  );
  expect(has).toEqual([false, true]);
});

it('refuses a folder with other files', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['a layer']);
  const dir = createFolder();
  mkdirSync(join(dir, 'home'));
  const plan = await store.collect({ [APP]: ['v1'] });
  await expect(exportFolder(dir, plan, {}, store.run())).rejects.toThrow('which has other files');
  await expect(exportParts(dir, plan, PARTS, store.run())).rejects.toThrow('which has other files');
});

async function openParts() {
  const store = new TestStore();
  store.addImage(APP, 'v1', [randomBytes(450_000), randomBytes(700)]);
  const dir = createFolder();
  const plan = await store.collect({ [APP]: ['v1'] });
  const first = await exportParts(dir, plan, PARTS, store.run());
  const names = readdirSync(dir).filter((name) => name.startsWith('part-'));
  return { store, dir, plan, first, names };
}

it('cuts a tar into parts that `cat` puts together', async () => {
  const { dir, names } = await openParts();
  expect(names.map((name) => statSync(join(dir, name)).size)).toEqual([
    ...Array.from({ length: 4 }, () => 100_000),
    expect.any(Number),
  ]);
  const tar = execFileSync('cat', names, { cwd: dir });
  const list = execFileSync('tar', ['--list', '--file=-'], { input: tar }).toString();
  expect(list).toMatch(/^oci-layout\nindex\.json\nblobs\/sha256\//);
});

it('makes a lost part again alone, also after its tag has moved', async () => {
  const { store, dir, first, names } = await openParts();
  const before = readFileSync(join(dir, 'part-0003'));
  rmSync(join(dir, 'part-0003'));
  store.addImage(APP, 'v1', ['another image']);
  const plan = await store.collect({ [APP]: ['v1'] });
  const again = await exportParts(dir, plan, PARTS, store.run());
  expect([again.digest, again.writtenBytes]).toEqual([first.digest, before.length]);
  expect([first.isEarlier, again.isEarlier, again.images]).toEqual([false, true, 1]);
  expect(readFileSync(join(dir, 'part-0003')).equals(before)).toBe(true);
  await expect(exportParts(dir, plan, PARTS, store.run())).rejects.toThrow(
    'which has a whole bundle of other images',
  );
  expect(names.length).toBe(5);
});

it('goes on with the part at which it was broken off', async () => {
  const { store, dir, plan, first } = await openParts();
  const other = createFolder();
  const stop = new AbortController();
  let parts = 0;
  const broken = exportParts(other, plan, PARTS, {
    ...store.run(stop.signal),
    onBytes: () => {
      parts = readdirSync(other).filter((name) => /^part-\d+$/.test(name)).length;
      if (parts === 2) stop.abort();
    },
  });
  await expect(broken).rejects.toThrow();
  expect((await verifyBundle(other, VERIFY)).problems.length).toBe(2);
  const { digest, keptBytes } = await exportParts(other, plan, PARTS, store.run());
  expect([digest, keptBytes]).toEqual([first.digest, 300_000]);
  expect(dir).not.toBe(other);
});

it('writes no part with a damaged blob', async () => {
  const { store, dir, plan } = await openParts();
  const [layer] = [...plan.blobs].sort((one, other) => other[1].sizeBytes - one[1].sizeBytes);
  const file = store.blob(layer?.[0] ?? '');
  const bytes = readFileSync(file);
  bytes[200_000] = (bytes[200_000] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  rmSync(join(dir, 'part-0003'));
  await expect(exportParts(dir, plan, PARTS, store.run())).rejects.toThrow('are damaged');
  expect(existsSync(join(dir, 'part-0003'))).toBe(false);
});

it('writes a tar that other programs read, and which ends early at a damaged blob', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['a layer', '']);
  const plan = await store.collect({ [APP]: ['v1'] });
  const path = join(createFolder(), 'bundle.tar');
  const out = createWriteStream(path);
  await exportStream(out, plan, { isForDocker: true }, store.run());
  await finished(out.end());
  const read = (name: string) => execFileSync('tar', ['-xOf', path, name]).toString();
  const [entry] = JSON.parse(read('manifest.json'));
  expect(entry).toEqual({
    Config: expect.stringMatching(/^blobs\/sha256\/[a-f0-9]{64}$/),
    RepoTags: ['quay.io/team/app:v1'],
    Layers: [blobOf('', digestOf('a layer')), blobOf('', digestOf(''))],
  });
  expect(read(entry.Layers[0])).toBe('a layer');
  expect((await verifyBundle(path, VERIFY)).problems).toEqual([]);
  writeFileSync(store.blob(digestOf('a layer')), 'a lxyer');
  const bad = createWriteStream('/dev/null');
  await expect(exportStream(bad, plan, {}, store.run())).rejects.toThrow('damaged');
});
