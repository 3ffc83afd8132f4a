import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { loadImage } from '../formats/load-image.ts';
import { formatImageName } from '../layout/image-name.ts';
import { makeTar, type TarEntry } from '../testing/make-tar.ts';
import { createFolder, digestOf, TestStore, write } from '../testing/test-store.ts';
import { exportFolder } from '../write/export-folder.ts';
import { exportParts } from '../write/export-parts.ts';
import { openBundle } from './open-bundle.ts';

const APP = 'team/app';

function spoolPlace(maxBytes = 10_000_000) {
  const folder = createFolder();
  const { signal } = new AbortController();
  return { file: join(folder, 'spool'), maxBytes, signal, folder };
}

/** The names of the images that are whole in a bundle, and what is wrong with the others. */
async function listImages(path: string, input?: AsyncIterable<Buffer>): Promise<string[]> {
  const place = spoolPlace();
  const { contents, close } = await openBundle(path, place, input);
  const names: string[] = [];
  for (const image of contents.images) {
    const loaded = await loadImage(contents, image);
    const name = image.name === undefined ? `(${image.label})` : formatImageName(image.name);
    names.push('why' in loaded ? `${name}: ${loaded.why}` : name);
  }
  await close();
  expect(readdirSync(place.folder)).toEqual([]);
  return names;
}

function writeTar(entries: readonly TarEntry[]): string {
  const path = join(createFolder(), 'bundle.tar');
  writeFileSync(path, makeTar(entries));
  return path;
}

const CONFIG = JSON.stringify({ rootfs: { type: 'layers', diff_ids: [digestOf('a layer')] } });

/** As `docker save` of before 25 writes it: a layer in a folder of its own, and a link to it. */
const dockerEntries = (layer: string | Uint8Array = 'a layer'): TarEntry[] => [
  { path: 'aaaa/layer.tar', content: layer },
  { path: 'bbbb/layer.tar', type: 'SymbolicLink', linkpath: '../aaaa/layer.tar' },
  { path: 'cccc.json', content: CONFIG },
  {
    path: 'manifest.json',
    content: JSON.stringify([
      {
        Config: 'cccc.json',
        RepoTags: ['redis:7', 'quay.io/team/app:v1'],
        Layers: ['bbbb/layer.tar'],
      },
    ]),
  },
];

it('reads a folder, a tar, a compressed tar, a stream and parts', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['a layer', 'x'.repeat(200_000)]);
  const plan = await store.collect({ [APP]: ['v1'] });
  const [folder, parts, tars] = [createFolder(), createFolder(), createFolder()];
  await exportFolder(folder, plan, {}, store.run());
  await exportParts(parts, plan, { partBytes: 70_000 }, store.run());
  const tar = execFileSync('tar', ['-C', folder, '-c', '.']);
  const names = ['bundle.tar', 'bundle.tar.gz', 'bundle.tar.zst'].map((name) => join(tars, name));
  for (const [index, bytes] of [tar, gzipSync(tar), zstdCompressSync(tar)].entries()) {
    writeFileSync(names[index] ?? '', bytes);
  }
  for (const path of [folder, parts, ...names]) {
    expect(await listImages(path)).toEqual(['quay.io/team/app:v1']);
  }
  const stream = createReadStream(names[1] ?? '') as AsyncIterable<Buffer>;
  expect(await listImages('standard input', stream)).toEqual(['quay.io/team/app:v1']);
});

it('reads what containerd and docker name in their own way', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['a layer']);
  const dir = createFolder();
  await exportFolder(dir, await store.collect({ [APP]: ['v1'] }), {}, store.run());
  for (const name of ['bundle.json', 'bundle.json.sha256']) rmSync(join(dir, name));
  const descriptor = store.addImage(APP, 'v1', ['a layer']);
  const annotate = (annotations: object) =>
    write(join(dir, 'index.json'), JSON.stringify({ manifests: [{ ...descriptor, annotations }] }));
  const refName = { 'org.opencontainers.image.ref.name': 'v1' };
  annotate({ ...refName, 'io.containerd.image.name': 'ghcr.io/team/app:v1' });
  expect(await listImages(dir)).toEqual(['ghcr.io/team/app:v1']);
  annotate(refName);
  expect(await listImages(dir)).toEqual(['(v1)']);
});

it('reads an archive of docker, with links and compressed layers', async () => {
  expect(await listImages(writeTar(dockerEntries()))).toEqual([
    'docker.io/library/redis:7',
    'quay.io/team/app:v1',
  ]);
  expect(await listImages(writeTar(dockerEntries(gzipSync('a layer'))))).toHaveLength(2);
  await expect(listImages(writeTar(dockerEntries(gzipSync('another'))))).rejects.toThrow(
    'the layer bbbb/layer.tar is not that of its config',
  );
});

it("reads skopeo's trees, by their paths", async () => {
  const dir = createFolder();
  const config = { digest: digestOf('{}'), size: 2 };
  const manifest = JSON.stringify({ schemaVersion: 2, config, layers: [] });
  for (const folder of ['quay.io/team/app:v1', 'other:v2', `quay.io/app@${digestOf(manifest)}`]) {
    write(join(dir, folder, 'version'), 'Directory Transport Version: 1.1\n');
    write(join(dir, folder, 'manifest.json'), manifest);
    write(join(dir, folder, config.digest.slice(7)), '{}');
  }
  expect(await listImages(dir)).toEqual([
    '(other:v2)',
    `quay.io/app@${digestOf(manifest)}`,
    'quay.io/team/app:v1',
  ]);
  expect(await listImages(join(dir, 'other:v2'))).toEqual(['()']);
});

it.each<[string, TarEntry[], string]>([
  ['a path upwards', [{ path: '../evil', content: 'x' }], 'the entry ../evil leaves the archive'],
  ['a path from the root', [{ path: '/etc/evil', content: 'x' }], 'leaves the archive'],
  ['a path that goes up in between', [{ path: 'a/../../evil' }], 'leaves the archive'],
  ['a link upwards', [{ path: 'a', type: 'SymbolicLink', linkpath: '../b' }], 'the link a leaves'],
  [
    'a link to a root',
    [{ path: 'a', type: 'SymbolicLink', linkpath: '/etc' }],
    'the link a leaves',
  ],
  ['a hard link', [{ path: 'a', type: 'Link', linkpath: '../../b' }], 'the link a leaves'],
  ['a device', [{ path: 'a', type: 'CharacterDevice' }], 'a is neither a file nor a folder'],
  ['other files', [{ path: 'photo.jpg' }], 'no bundle: neither oci-layout'],
  [
    'too many images',
    [
      { path: 'oci-layout', content: '{}' },
      { path: 'index.json', content: `{"manifests":[${'{},'.repeat(1_000_000)}{}]}` },
    ],
    '1000001 images; at most 20000 are read',
  ],
  [
    'a long list',
    [
      { path: 'oci-layout', content: '{}' },
      { path: 'index.json', content: `{"manifests":[${'{"digest":"…"},'.repeat(1_000_000)}{}]}` },
    ],
    'missing, or over 16777216 bytes',
  ],
])('refuses a tar with %s', async (_name, entries, message) => {
  await expect(listImages(writeTar(entries))).rejects.toThrow(message);
});

it('refuses a folder with a link', async () => {
  const dir = createFolder();
  symlinkSync('/etc', join(dir, 'blobs'));
  await expect(listImages(dir)).rejects.toThrow('blobs is neither a file nor a folder');
});

it('refuses a manifest of 100 MB, and does not read it', async () => {
  const dir = createFolder();
  const digest = digestOf('large');
  mkdirSync(join(dir, 'blobs/sha256'), { recursive: true });
  write(join(dir, 'oci-layout'), '{}');
  write(join(dir, 'index.json'), JSON.stringify({ manifests: [{ digest, size: 100_000_000 }] }));
  const blob = join(dir, 'blobs', digest.replace(':', '/'));
  write(blob, '');
  truncateSync(blob, 100_000_000);
  const before = process.memoryUsage().rss;
  expect(await listImages(dir)).toEqual([
    `(${digest}): a manifest of 100000000 bytes: ${digest}; at most 4194304 are read`,
  ]);
  expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
});

it('unpacks no more of a compressed tar than there is room for', async () => {
  const path = join(createFolder(), 'bomb.tar.gz');
  writeFileSync(path, gzipSync(Buffer.alloc(50_000_000)));
  const place = spoolPlace(1_000_000);
  await expect(openBundle(path, place)).rejects.toThrow(
    'more than 1000000 bytes, for which there is no room',
  );
  expect(readdirSync(place.folder)).toEqual([]);
});

it('refuses a compressed tar that is cut', async () => {
  const path = join(createFolder(), 'cut.tar.gz');
  writeFileSync(path, gzipSync(makeTar(dockerEntries())).subarray(0, 100));
  await expect(listImages(path)).rejects.toThrow('its compression is damaged, or it is cut');
});

it('names the parts that lack', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['x'.repeat(200_000)]);
  const dir = createFolder();
  const plan = await store.collect({ [APP]: ['v1'] });
  await exportParts(dir, plan, { partBytes: 70_000 }, store.run());
  rmSync(join(dir, 'part-0002'));
  await expect(listImages(dir)).rejects.toThrow('missing, cut or not made yet: part-0002');
});
