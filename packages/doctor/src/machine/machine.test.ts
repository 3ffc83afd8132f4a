import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths } from '@registry-cache/domain';
import { expect, onTestFinished, test } from 'vitest';
import { readControlGroup } from './control-group.ts';
import { readInterfaces } from './interfaces.ts';
import { isReadOnly } from './mounts.ts';
import { readDisk } from './read-disk.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('the mount that holds a path decides whether it is read-only', () => {
  const mounts = [
    '22 1 0:20 / / rw,relatime - overlay overlay ro,lowerdir=/a',
    '23 22 8:1 /data /var/lib/registry rw,relatime shared:1 - ext4 /dev/sda1 rw',
    '24 23 8:2 / /var/lib/registry/with\\040space ro,relatime - ext4 /dev/sdb1 rw',
  ].join('\n');
  expect(isReadOnly(mounts, '/var/lib/registry')).toBe(false);
  expect(isReadOnly(mounts, '/var/lib/registry/blobs')).toBe(false);
  expect(isReadOnly(mounts, '/var/lib/registry/with space/x')).toBe(true);
  expect(isReadOnly(mounts, '/var/lib/registry-2')).toBe(true);
  expect(isReadOnly('', '/var/lib/registry')).toBe(false);
});

test('a disk is tried by a file and a link, and nothing stays', async () => {
  const root = await makeFolder();
  const run = runPaths(join(root, 'run'));
  await mkdir(run.metrics, { recursive: true });
  await writeFile(join(run.metrics, 'cleaner.prom'), '# TYPE x\nregistry_cache_store_bytes 600\n');
  const store = join(root, 'store');
  expect(await readDisk(store, run, { wasRoot: false })).toBeUndefined();
  await mkdir(store);
  const found = await readDisk(store, run, { wasRoot: false });
  expect(found).toMatchObject({ write: 'done', storeBytes: 600, foreignFolders: [] });
  expect(found?.totalBytes).toBeGreaterThan(found?.freeBytes ?? Number.POSITIVE_INFINITY);
  await rm(store, { recursive: false, force: false }).catch(() => undefined);
});

test('reads limits of both versions of control groups', async () => {
  const [second, first] = [await makeFolder(), await makeFolder()];
  await writeFile(join(second, 'cgroup.controllers'), 'memory pids\n');
  await writeFile(join(second, 'memory.events'), 'low 0\noom 3\noom_kill 2\n');
  await writeFile(join(second, 'pids.max'), 'max\n');
  expect(await readControlGroup(second)).toEqual({
    version: 2,
    killed: 2,
    maxProcesses: undefined,
  });
  await mkdir(join(first, 'memory'));
  await mkdir(join(first, 'pids'));
  await writeFile(join(first, 'memory/memory.oom_control'), 'under_oom 0\noom_kill 1\n');
  await writeFile(join(first, 'pids/pids.max'), '64\n');
  expect(await readControlGroup(first)).toEqual({ version: 1, killed: 1, maxProcesses: 64 });
  expect(await readControlGroup(join(first, 'nowhere'))).toEqual({
    version: undefined,
    killed: undefined,
    maxProcesses: undefined,
  });
});

test('reads the MTU of each interface but loopback', async () => {
  const root = await makeFolder();
  for (const [name, mtu] of [
    ['eth0', '1400'],
    ['lo', '65536'],
  ] as const) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'mtu'), `${mtu}\n`);
  }
  expect(await readInterfaces(root)).toEqual([{ name: 'eth0', mtu: 1400 }]);
  expect(await readInterfaces(join(root, 'nowhere'))).toEqual([]);
});
