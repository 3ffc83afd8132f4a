import { createHash } from 'node:crypto';
import { mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasDigest } from './hash-file.ts';

async function fileOf(content: Buffer) {
  const dir = await mkdtemp(join(tmpdir(), 'hash-file-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'data');
  await writeFile(file, content);
  return { file, dir };
}

const digestOf = (content: Buffer, algorithm: string) =>
  `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;

test.each(['sha256', 'sha512'])(
  'tells a whole file from a damaged one by %s',
  async (algorithm) => {
    const content = Buffer.alloc(3_000_000, 'x');
    const { file } = await fileOf(content);
    const reads: number[] = [];
    const onRead = (bytes: number) => void reads.push(bytes);
    expect(await hasDigest(file, digestOf(content, algorithm), { onRead })).toBe(true);
    expect(reads.reduce((sum, bytes) => sum + bytes, 0)).toBe(content.length);
    expect(await hasDigest(file, digestOf(content.subarray(1), algorithm))).toBe(false);
  },
);

test('leaves the access time alone, and does not follow symbolic links', async () => {
  const content = Buffer.from('bytes');
  const { file, dir } = await fileOf(content);
  await utimes(file, 1000, 2000);
  expect(await hasDigest(file, digestOf(content, 'sha256'))).toBe(true);
  expect((await stat(file)).atimeMs).toBe(1_000_000);
  await symlink(file, join(dir, 'link'));
  await expect(hasDigest(join(dir, 'link'), digestOf(content, 'sha256'))).rejects.toMatchObject({
    code: 'ELOOP',
  });
});
