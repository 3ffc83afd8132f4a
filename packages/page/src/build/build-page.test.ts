import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPage } from './build-page.ts';

const LIMIT_BYTES = 100_000;
let folder: string;
let metafile: Metafile;
let names: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-cache-page-'));
  metafile = await buildPage(folder);
  names = await readdir(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const readText = (name: string) => readFile(join(folder, name), 'utf8');

it('takes at most 100 kB with all its files', async () => {
  const packed = names.filter((name) => name.endsWith('.gz'));
  const sizes = await Promise.all(
    packed.map(async (name) => (await readFile(join(folder, name))).length),
  );
  expect(packed).toHaveLength(4);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LIMIT_BYTES);
});

it('has each file as it is and compressed', async () => {
  for (const name of names.filter((one) => !one.endsWith('.gz'))) {
    const packed = await readFile(join(folder, `${name}.gz`));
    expect(gunzipSync(packed).equals(await readFile(join(folder, name)))).toBe(true);
  }
});

it('names its files with their hashes, and has no script or style within', async () => {
  const html = await readText('index.html');
  const named = [...html.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name);
  expect(named.map((name) => name?.replace(/-[A-Z0-9]{8}\./, '.'))).toEqual([
    ...['icon.svg', 'style.css', 'page.js'],
  ]);
  expect(names).toEqual(expect.arrayContaining(named));
  expect(html).not.toMatch(/<style|<script>|style=|\son\w+=/);
});

it('names no place elsewhere', async () => {
  for (const name of names.filter((one) => /\.(?:html|css|js)$/.test(one))) {
    const urls = (await readText(name)).match(/(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}/gi) ?? [];
    // The names of XML are no places.
    expect(urls.filter((url) => !url.endsWith('//www.w3.org'))).toEqual([]);
  }
});

it('takes only types of the contract, without its schemas', () => {
  expect(Object.keys(metafile.inputs).filter((path) => /zod|packages\/admin/.test(path))).toEqual(
    [],
  );
});
