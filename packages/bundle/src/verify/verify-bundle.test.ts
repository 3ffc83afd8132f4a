import { createHash, randomBytes } from 'node:crypto';
import {
  createWriteStream,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createFolder, TestStore, VERIFY } from '../testing/test-store.ts';
import { exportFolder } from '../write/export-folder.ts';
import { exportParts } from '../write/export-parts.ts';
import { exportStream } from '../write/export-stream.ts';
import { verifyBundle } from './verify-bundle.ts';

const APP = 'team/app';

/** Whether `verify` refuses the bundle. */
async function isRefused(path: string): Promise<boolean> {
  try {
    return (await verifyBundle(path, VERIFY)).problems.length > 0;
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('BUNDLE');
    return true;
  }
}

async function openPlan() {
  const store = new TestStore();
  for (let number = 0; number < 4; number += 1) {
    store.addImage(APP, `v${number}`, [randomBytes(30_000), randomBytes(700)]);
  }
  return { store, plan: await store.collect({ [APP]: 'all' }) };
}

const KINDS = {
  folder: async (dir: string) => {
    const { store, plan } = await openPlan();
    await exportFolder(dir, plan, {}, store.run());
    return dir;
  },
  parts: async (dir: string) => {
    const { store, plan } = await openPlan();
    await exportParts(dir, plan, { partBytes: 65_536 }, store.run());
    return dir;
  },
  tar: async (dir: string) => {
    const { store, plan } = await openPlan();
    const path = join(dir, 'bundle.tar');
    const out = createWriteStream(path);
    await exportStream(out, plan, {}, store.run());
    await finished(out.end());
    return path;
  },
};

/** All files of a folder, or the one file. */
function filesOf(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

/** A number that is the same in each run. */
function pick(seed: string, below: number): number {
  return createHash('sha256').update(seed).digest().readUInt32BE() % below;
}

it.each(['folder', 'parts', 'tar'] as const)(
  'finds 100 of 100 single faults in a %s',
  async (kind) => {
    const path = await KINDS[kind](createFolder());
    expect((await verifyBundle(path, VERIFY)).problems).toEqual([]);
    const files = filesOf(path).sort();
    const found: string[] = [];
    for (let fault = 0; fault < 100; fault += 1) {
      const file = files[pick(`file ${fault}`, files.length)] ?? '';
      const before = readFileSync(file);
      const at = pick(`at ${fault}`, before.length);
      if (fault % 4 === 1) truncateSync(file, at);
      else if (fault % 4 === 2) writeFileSync(file, Buffer.concat([before, Buffer.alloc(512)]));
      else if (fault % 4 === 3 && kind !== 'tar') rmSync(file);
      else {
        const flipped = Buffer.from(before);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (fault % 8));
        writeFileSync(file, flipped);
      }
      if (await isRefused(path)) found.push(`${fault}`);
      else found.push(`${fault}: ${file} at ${at} was not found`);
      writeFileSync(file, before);
    }
    expect(found).toEqual(Array.from({ length: 100 }, (_, fault) => `${fault}`));
    expect(await isRefused(path)).toBe(false);
  },
);

it('finds two parts that changed their places', async () => {
  const dir = await KINDS.parts(createFolder());
  renameSync(join(dir, 'part-0001'), join(dir, 'other'));
  renameSync(join(dir, 'part-0002'), join(dir, 'part-0001'));
  renameSync(join(dir, 'other'), join(dir, 'part-0002'));
  const { problems } = await verifyBundle(dir, VERIFY);
  expect(problems).toEqual([
    expect.stringContaining('damaged part-0001'),
    expect.stringContaining('damaged part-0002'),
  ]);
});

it('checks the layout of another tool by the digests in it', async () => {
  const dir = await KINDS.folder(createFolder());
  rmSync(join(dir, 'bundle.json'));
  rmSync(join(dir, 'bundle.json.sha256'));
  expect(await verifyBundle(dir, VERIFY)).toMatchObject({ problems: [], digest: undefined });
  const [blob = ''] = filesOf(join(dir, 'blobs')).filter((file) => statSync(file).size > 20_000);
  const bytes = readFileSync(blob);
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  writeFileSync(blob, bytes);
  expect((await verifyBundle(dir, VERIFY)).problems).toEqual([
    expect.stringContaining('its bytes are not its own'),
  ]);
});

it('says that a compressed tar has to be unpacked', async () => {
  const file = join(createFolder(), 'bundle.tar.gz');
  writeFileSync(file, gzipSync('a tar'));
  await expect(verifyBundle(file, VERIFY)).rejects.toThrow('compressed: unpack it first');
});
