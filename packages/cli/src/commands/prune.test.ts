import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { auditFile, blobFile, layerLinkDir, repositoryDir } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { createFolder, runProgram } from '../testing/run-program.ts';

const MIB = 1024 * 1024;
const OLD = `sha256:${'a'.repeat(64)}`;
const NEW = `sha256:${'b'.repeat(64)}`;

/** A layer of 1 MiB, last used so many minutes ago. */
function addLayer(root: string, digest: string, minutesAgo: number): void {
  const file = blobFile(root, digest);
  write(file, 'x'.repeat(MIB));
  write(join(layerLinkDir(repositoryDir(root, 'quay.io', 'podman/hello'), digest), 'link'), digest);
  const time = Date.now() / 1000 - minutesAgo * 60;
  utimesSync(file, time, time);
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function createStore() {
  const root = createFolder();
  addLayer(root, OLD, 30);
  addLayer(root, NEW, 10);
  return {
    root,
    prune: (...args: string[]) => runProgram(['prune', ...args], { REGISTRYDIR: root }),
  };
}

it('prints the size of the store', async () => {
  const { prune } = createStore();
  const { stdout } = await prune('--dry-run');
  expect(stdout).toBe('2 MiB in 2 blobs; 0 would be removed, 0 B\n');
});

it('lists the blobs to remove, oldest access first, and removes nothing', async () => {
  const { root, prune } = createStore();
  const { exitCode, stdout, stderr } = await prune('--dry-run', '--to', '1M');
  expect(exitCode).toBe(0);
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(new RegExp(`^20\\S+Z 1 MiB ${OLD} quay\\.io/podman/hello$`)),
    '2 MiB in 2 blobs; 1 would be removed, 1 MiB',
    '',
  ]);
  expect(existsSync(blobFile(root, OLD))).toBe(true);
});

it('warns if too little may be removed', async () => {
  const { root, prune } = createStore();
  // Half a minute ahead, so that it is young however long the program takes to start.
  addLayer(root, `sha256:${'c'.repeat(64)}`, -0.5);
  const { stdout, stderr } = await prune('--dry-run', '--to', '1K');
  expect(stdout).toContain('3 MiB in 3 blobs; 2 would be removed, 2 MiB');
  expect(stderr).toContain('the rest is too young to be removed');
});

it('removes the oldest with its link', async () => {
  const { root, prune } = createStore();
  const { stdout } = await prune('--to', '1M');
  expect(stdout).toBe('2 MiB before, 1 MiB after, 1 links removed, 1 blobs remain\n');
  expect(existsSync(blobFile(root, OLD))).toBe(false);
  expect(existsSync(blobFile(root, NEW))).toBe(true);
  expect(JSON.parse(readFileSync(auditFile(root), 'utf8'))).toMatchObject({
    event: 'prune',
    way: 'operator',
    because: stdout.trim(),
  });
});

it('refuses a malformed size and a missing store', async () => {
  const { root, prune } = createStore();
  expect((await prune('--to', 'much')).stderr).toContain(
    '--to: found "much"; accepted: a positive',
  );
  const missing = await runProgram(['prune', '--dry-run'], { REGISTRYDIR: join(root, 'none') });
  expect(missing.exitCode).toBe(1);
  expect(missing.stderr).toContain(`registry-cache: the store ${root}/none does not exist\n`);
});

it('tells with --json what would be removed, and what was', async () => {
  const { root, prune } = createStore();
  const preview = JSON.parse((await prune('--json', '--dry-run', '--to', '1M')).stdout);
  const sizes = { usedBeforeBytes: 2 * MIB, usedAfterBytes: MIB, blobs: 1, removedBlobs: 1 };
  expect(preview).toMatchObject({
    ...{ ...sizes, pinnedBytes: 0 },
    victims: [{ digest: OLD, bytes: MIB, namedBy: ['quay.io/podman/hello'] }],
  });
  expect(existsSync(blobFile(root, OLD))).toBe(true);
  const { stdout } = await prune('--json', '--to', '1M');
  expect(JSON.parse(stdout)).toEqual({ ...sizes, pinnedBytes: 0 });
  expect(existsSync(blobFile(root, OLD))).toBe(false);
});
