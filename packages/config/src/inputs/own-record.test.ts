import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readOwnRecord } from './own-record.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'own-record-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('reads a plain file, and nothing else in its place', async () => {
  const path = (name: string) => join(dir, name);
  await writeFile(path('plain'), '["quay.io"]');
  await writeFile(path('large'), ' '.repeat(65_537));
  await symlink('plain', path('link'));
  await mkdir(path('folder'));
  // Without a writer, a blocking open would never end.
  execFileSync('mkfifo', [path('pipe')]);
  expect(await readOwnRecord(path('plain'))).toBe('["quay.io"]');
  for (const name of ['none', 'large', 'link', 'folder', 'pipe']) {
    expect(await readOwnRecord(path(name)), name).toBeUndefined();
  }
});
