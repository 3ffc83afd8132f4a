import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobDir, blobFile } from '@registry-cache/domain';
import { create } from 'tar';
import { expect, it } from 'vitest';
import { write } from '../../testing/distribution-store.ts';
import { createFolder } from '../../testing/run-program.ts';
import { readChart } from './read-chart.ts';

const DIGEST = `sha256:${'c'.repeat(64)}`;

function store(bytes: Uint8Array): string {
  const root = createFolder();
  mkdirSync(blobDir(root, DIGEST), { recursive: true });
  writeFileSync(blobFile(root, DIGEST), bytes);
  return root;
}

function pack(files: Readonly<Record<string, string>>): Buffer {
  const folder = createFolder();
  for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
  const file = join(folder, 'chart.tgz');
  create({ file, cwd: folder, gzip: true, sync: true }, Object.keys(files));
  return readFileSync(file);
}

it('reads the YAML files of a chart', async () => {
  const archive = pack({
    'app/values.yaml': 'image: redis\n',
    'app/templates/_x.tpl': '{{ x }}\n',
    'app/README.md': 'no',
  });
  expect([...(await readChart(store(archive), DIGEST))]).toEqual([
    ['app/values.yaml', 'image: redis\n'],
    ['app/templates/_x.tpl', '{{ x }}\n'],
  ]);
});

it('fails for an archive that is cut, and for one that is missing', async () => {
  const archive = pack({ 'app/values.yaml': 'x'.repeat(9_000) });
  await expect(readChart(store(archive.subarray(0, 40)), DIGEST)).rejects.toThrow();
  await expect(readChart(createFolder(), DIGEST)).rejects.toThrow('ENOENT');
});
