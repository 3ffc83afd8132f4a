import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const random = vi.hoisted(() => ({ bytes: '' }));
vi.mock('node:crypto', async (load) => {
  const real = await load<typeof import('node:crypto')>();
  const randomBytes = (size: number) =>
    random.bytes === '' ? real.randomBytes(size) : Buffer.from(random.bytes, 'hex');
  return { ...real, randomBytes };
});
const { writeFileAtomic } = await import('./atomic-file.ts');

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atomic-file-'));
});
afterEach(async () => {
  random.bytes = '';
  await rm(dir, { recursive: true, force: true });
});

it('replaces a planted link, and leaves the target of the link alone', async () => {
  await writeFile(join(dir, 'victim'), 'untouched');
  await symlink('victim', join(dir, 'file'));
  await writeFileAtomic(join(dir, 'file'), 'new', 0o600);
  expect(await readFile(join(dir, 'victim'), 'utf8')).toBe('untouched');
  expect(await readFile(join(dir, 'file'), 'utf8')).toBe('new');
  expect((await stat(join(dir, 'file'))).mode & 0o777).toBe(0o600);
  expect((await readdir(dir)).sort()).toEqual(['file', 'victim']);
});

it('does not write through a file that was planted under the temporary name', async () => {
  random.bytes = '00112233445566778899';
  await writeFile(join(dir, 'victim'), 'untouched');
  const planted = join(dir, `file.${random.bytes}.tmp`);
  await symlink('victim', planted);
  await expect(writeFileAtomic(join(dir, 'file'), 'new')).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(join(dir, 'victim'), 'utf8')).toBe('untouched');
  await rm(planted);
  await writeFile(planted, 'a file of somebody else');
  await expect(writeFileAtomic(join(dir, 'file'), 'new')).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(planted, 'utf8')).toBe('a file of somebody else');
});
