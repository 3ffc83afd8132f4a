import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareStore, takeStoreOver } from './prepare-store.ts';
import { takeFolderOver, takeOver } from './take-over.ts';

/** Swaps each folder of a store for a link, and back, and says when it begins. */
const SWAP_FOREVER = `
const { renameSync, symlinkSync, unlinkSync } = require('node:fs');
const [store, outside] = process.argv.slice(1);
console.log('begins');
for (let i = 0; ; i = (i + 1) % 50) {
  const folder = store + '/' + i + '/deep';
  renameSync(folder, folder + '.away');
  symlinkSync(outside, folder);
  unlinkSync(folder);
  renameSync(folder + '.away', folder);
}`;
const USER = { name: 'tester', uid: 4711, gid: 4712 };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'take-over-'));
  await mkdir(join(dir, 'outside'));
  await writeFile(join(dir, 'outside', 'file'), '');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const owner = async (...path: string[]) => (await lstat(join(dir, ...path))).uid;

// Only root can give files away, so only root has to take care.
describe.runIf(process.getuid?.() === 0)('as root', () => {
  it('takes over a folder with everything in it, but not the targets of its links', async () => {
    await mkdir(join(dir, 'store', 'a', 'b'), { recursive: true });
    await writeFile(join(dir, 'store', 'a', 'b', 'file'), '');
    await symlink(join(dir, 'outside'), join(dir, 'store', 'folder'));
    await symlink(join(dir, 'outside', 'file'), join(dir, 'store', 'a', 'file'));
    await takeOver(join(dir, 'store'), USER, true);
    expect(await owner('store')).toBe(USER.uid);
    expect(await owner('store', 'a', 'b', 'file')).toBe(USER.uid);
    expect(await owner('outside')).toBe(0);
    expect(await owner('outside', 'file')).toBe(0);
  });

  it('takes over a folder below another one, and refuses a link on the way to it', async () => {
    await mkdir(join(dir, 'store', 'a', 'b'), { recursive: true });
    await writeFile(join(dir, 'store', 'a', 'b', 'file'), '');
    await takeFolderOver(join(dir, 'store'), 'a/b', USER);
    expect(await owner('store', 'a', 'b', 'file')).toBe(USER.uid);
    expect(await owner('store', 'a')).toBe(0);
    await mkdir(join(dir, 'outside', 'b'));
    await symlink(join(dir, 'outside'), join(dir, 'store', 'link'));
    const work = takeFolderOver(join(dir, 'store'), 'link/b', USER);
    await expect(work).rejects.toThrow(/ENOTDIR|ELOOP/);
    expect(await owner('outside', 'b')).toBe(0);
  });

  it('refuses a link in place of the folder', async () => {
    await symlink('outside', join(dir, 'store'));
    await expect(takeOver(join(dir, 'store'), USER, true)).rejects.toThrow(/ENOTDIR|ELOOP/);
    expect(await owner('outside')).toBe(0);
  });

  it('stays below the folder that it has opened while folders are swapped for links', async () => {
    const store = join(dir, 'store');
    for (let i = 0; i < 50; i += 1) await mkdir(join(store, `${i}`, 'deep'), { recursive: true });
    for (let i = 0; i < 50; i += 1) await writeFile(join(store, `${i}`, 'deep', 'file'), '');
    // Another process swaps, since a walk does not let this one do anything else.
    const swapping = spawn(
      process.execPath,
      ['--eval', SWAP_FOREVER, store, join(dir, 'outside')],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(swapping.stdout, 'data');
    for (let i = 0; i < 200; i += 1) {
      await chown(store, 0, 0);
      // A folder that is swapped at that moment may be missed, and that only ends the walk.
      await takeOver(store, USER, true).catch(() => {});
    }
    swapping.kill('SIGKILL');
    await once(swapping, 'exit');
    expect(await owner('outside')).toBe(0);
    expect(await owner('outside', 'file')).toBe(0);
  });

  it("takes over nothing through links in place of a store's folders", async () => {
    const store = join(dir, 'store');
    await mkdir(store);
    await chown(store, USER.uid, USER.gid);
    for (const name of ['blobs', 'registries', 'egress']) {
      await symlink(join(dir, 'outside'), join(store, name));
    }
    await takeStoreOver(store, USER, join(dir, 'outside'));
    expect(await owner('outside')).toBe(0);
    expect(await owner('outside', 'file')).toBe(0);
  });

  it('takes over every folder that a backup brings back', async () => {
    const store = join(dir, 'store');
    const names = ['admission', 'audit', 'blobs', 'bundles', 'hosted', 'jobs', 'pins', 'trust'];
    for (const name of names) await mkdir(join(store, name, 'inner'), { recursive: true });
    await takeStoreOver(store, USER, join(dir, 'outside'));
    for (const name of names) expect(await owner('store', name, 'inner')).toBe(USER.uid);
  });

  it('refuses a store that contains the run directory, also by a link', async () => {
    const run = join(dir, 'store', 'blobs', 'run');
    await mkdir(run, { recursive: true });
    await symlink(run, join(dir, 'run'));
    for (const runRoot of [run, join(dir, 'run'), join(dir, 'store')]) {
      const refused = takeStoreOver(join(dir, 'store'), USER, runRoot);
      await expect(refused).rejects.toThrow(/^RUNDIR: found .* accepted: a folder outside/);
    }
    expect(await owner('store')).toBe(0);
    expect(await owner('store', 'blobs', 'run')).toBe(0);
  });
});

it('makes the folders of a store, and repairs the link to the blobs', async () => {
  const store = join(dir, 'store');
  await prepareStore(store, ['quay.io']);
  const link = join(store, 'registries', 'quay.io', 'docker', 'registry', 'v2', 'blobs');
  await rm(link);
  await symlink('/somewhere', link);
  await prepareStore(store, ['quay.io']);
  expect((await lstat(join(link, '..', 'repositories'))).isDirectory()).toBe(true);
  expect((await lstat(join(link, 'sha256', '..'))).isDirectory()).toBe(false);
});

it('names a path that cannot be a store', async () => {
  await writeFile(join(dir, 'store'), '');
  const refused = prepareStore(join(dir, 'store'), []);
  await expect(refused).rejects.toThrow(/REGISTRYDIR/);
});
