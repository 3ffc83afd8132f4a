import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inDirectory } from './in-directory.ts';

async function fileInNewDirectory() {
  const root = await mkdtemp(join(tmpdir(), 'in-directory-'));
  onTestFinished(() => rm(root, { recursive: true }));
  return join(root, 'a', 'b', 'file');
}

test('writes again if the directory was removed in between', async () => {
  const file = await fileInNewDirectory();
  let attempts = 0;
  await inDirectory(file, async () => {
    attempts += 1;
    if (attempts < 3) await rm(dirname(file), { recursive: true });
    await writeFile(file, 'content');
  });
  expect([attempts, await readFile(file, 'utf8')]).toEqual([3, 'content']);
});

test('gives up after some attempts, and at once for any other error', async () => {
  const file = await fileInNewDirectory();
  const failures = { ENOENT: 0, ENOSPC: 0 };
  for (const code of ['ENOENT', 'ENOSPC'] as const) {
    const work = inDirectory(file, () => {
      failures[code] += 1;
      return Promise.reject(Object.assign(new Error(code), { code }));
    });
    await expect(work).rejects.toThrow(code);
  }
  expect(failures).toEqual({ ENOENT: 4, ENOSPC: 1 });
});
