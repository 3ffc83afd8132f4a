import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { blobFile, layerLinkDir, repositoryDir } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { createFolder, runProgram } from '../testing/run-program.ts';

const KIB = 1024;

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** A store of two layers of quay.io/podman/hello. */
function createStore() {
  const root = createFolder();
  const repository = repositoryDir(root, 'quay.io', 'podman/hello');
  const [first, second] = ['a', 'b'].map((letter) => {
    const content = letter.repeat(512 * KIB);
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    write(blobFile(root, digest), content);
    write(join(layerLinkDir(repository, digest), 'link'), digest);
    return digest;
  }) as [string, string];
  const verify = (...args: string[]) => runProgram(['verify', ...args], { REGISTRYDIR: root });
  return { root, first, second, verify };
}

it('reports an undamaged store', async () => {
  const { verify } = createStore();
  expect(await verify()).toEqual({
    exitCode: 0,
    stdout: '1 MiB in 2 blobs; 0 damaged\n',
    stderr: '',
  });
});

it('lists damaged blobs with their repositories, and exits with status 1', async () => {
  const { root, first, verify } = createStore();
  truncateSync(blobFile(root, first), KIB);
  const { exitCode, stdout } = await verify();
  expect([exitCode, stdout.split('\n')]).toEqual([
    1,
    [`damaged 1 KiB ${first} quay.io/podman/hello`, '513 KiB in 2 blobs; 1 damaged', ''],
  ]);
  expect(existsSync(blobFile(root, first))).toBe(true);
});

it('removes damaged blobs, and then finds none', async () => {
  const { root, first, second, verify } = createStore();
  writeFileSync(blobFile(root, first), 'x'.repeat(512 * KIB));
  const { exitCode, stdout } = await verify('--remove');
  expect([exitCode, stdout]).toEqual([
    0,
    `removed 512 KiB ${first} quay.io/podman/hello\n1 MiB in 2 blobs; 1 damaged, 1 removed\n`,
  ]);
  expect([first, second].map((digest) => existsSync(blobFile(root, digest)))).toEqual([
    false,
    true,
  ]);
  expect((await verify()).stdout).toBe('512 KiB in 1 blobs; 0 damaged\n');
});

it('reports a missing store', async () => {
  const { root } = createStore();
  const missing = await runProgram(['verify'], { REGISTRYDIR: join(root, 'none') });
  expect(missing.exitCode).toBe(1);
  expect(missing.stderr).toContain(`registry-cache: the store ${root}/none does not exist\n`);
});
