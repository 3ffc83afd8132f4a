import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pax } from 'tar/pax';
import { expect, it } from 'vitest';
import type { ByteSource } from '../archive/byte-source.ts';
import { openTarArchive } from '../archive/tar-archive.ts';
import { formatSum } from '../layout/bundle-manifest.ts';
import { makeTar, type TarEntry } from '../testing/make-tar.ts';
import { createFolder } from '../testing/test-store.ts';
import { openBundle } from './open-bundle.ts';

const MIB = 1024 * 1024;
/** The end of a tar is two empty blocks. */
const END_BYTES = 1024;

async function open(path: string): Promise<void> {
  const { signal } = new AbortController();
  const place = { file: join(createFolder(), 'spool'), maxBytes: 10 * MIB, signal };
  await (await openBundle(path, place)).close();
}

function writeTar(tar: Uint8Array): string {
  const path = join(createFolder(), 'bundle.tar');
  writeFileSync(path, tar);
  return path;
}

/** The same entries again and again, as far as anybody reads. */
function repeat(entries: Uint8Array): ByteSource {
  return {
    sizeBytes: Number.MAX_SAFE_INTEGER,
    async read(target, position) {
      for (let at = 0; at < target.length; ) {
        const from = (position + at) % entries.length;
        const piece = entries.subarray(from, from + target.length - at);
        target.set(piece, at);
        at += piece.length;
      }
      return target.length;
    },
    close: async () => undefined,
  };
}

const withoutEnd = (tar: Buffer) => tar.subarray(0, tar.length - END_BYTES);
const LIST = { path: 'index.json', content: '{"manifests":[]}' };
const LAYOUT = { path: 'oci-layout', content: '{}' };

it.each<[string, TarEntry[], string]>([
  ['a second list of images', [LAYOUT, LIST, LIST], 'two files with the name index.json'],
  [
    'a second blob of another size',
    [LAYOUT, LIST, { path: 'blobs/a', content: 'a' }, { path: './blobs//a', content: 'ab' }],
    'two files with the name blobs/a',
  ],
  [
    'lists in lists',
    [LAYOUT, { ...LIST, content: '['.repeat(MIB) }],
    'lists in lists, deeper than',
  ],
  [
    'a list of far too many values',
    [
      LAYOUT,
      {
        ...LIST,
        content: `{"manifests":[{"a":[${'{},'.repeat(19_000)}{}]}${`,{"a":[${'{},'.repeat(19_000)}{}]}`.repeat(40)}]}`,
      },
    ],
    'more than 1000000 values',
  ],
])('refuses a tar with %s', async (_name, entries, message) => {
  await expect(open(writeTar(makeTar(entries)))).rejects.toThrow(message);
});

it('reads a tar that has one blob twice', async () => {
  const blob = { path: 'blobs/a', content: 'a' };
  await open(writeTar(makeTar([LAYOUT, LIST, blob, blob])));
});

it.each([
  ['a header of 100 MB', 100 * MIB, 'an extended header of 1048576'],
  ['a name of 60 KB', 60_000, 'a name of more than 4096 bytes'],
])('refuses a tar with %s', async (_name, bytes, message) => {
  const pax = Buffer.from(new Pax({ path: 'x'.repeat(bytes) }).encode());
  const tar = Buffer.concat([pax, makeTar([{ path: 'short' }])]);
  const before = process.memoryUsage().rss;
  await expect(open(writeTar(tar))).rejects.toThrow(message);
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * MIB);
});

it('refuses a tar of folders without an end', async () => {
  const folders = withoutEnd(makeTar([{ path: 'folder', type: 'Directory' }]));
  await expect(openTarArchive('bomb.tar', repeat(folders))).rejects.toThrow(
    'more than 1200000 headers',
  );
});

it('refuses a tar of files with long names, before they fill the memory', async () => {
  const pax = Buffer.from(new Pax({ path: 'x'.repeat(4000) }).encode());
  const named = Buffer.concat([pax, withoutEnd(makeTar([{ path: 'short' }]))]);
  const before = process.memoryUsage().rss;
  await expect(openTarArchive('bomb.tar', repeat(named))).rejects.toThrow('or very long names');
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
});

it('names one of a million wrong entries of bundle.json, and stays small', async () => {
  const dir = createFolder();
  mkdirSync(join(dir, 'blobs'));
  const text = `{"mediaType":"application/vnd.registry-cache.bundle.v1+json","left":[],"files":[{}${',{}'.repeat(490_000)}]}`;
  writeFileSync(join(dir, 'bundle.json'), text);
  writeFileSync(join(dir, 'bundle.json.sha256'), formatSum(Buffer.from(text)));
  const before = process.memoryUsage().rss;
  await expect(open(dir)).rejects.toThrow('files.0.name: Invalid input');
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
});
