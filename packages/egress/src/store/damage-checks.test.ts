import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { digestOf } from '../wire/http/digest.ts';
import { DamageChecks } from './damage-checks.ts';

const hashed = vi.hoisted(() => ({ files: [] as string[] }));

vi.mock('@registry-cache/runtime', async (original) => {
  const runtime = await original<typeof import('@registry-cache/runtime')>();
  const hasDigest: typeof runtime.hasDigest = (file, ...rest) => {
    hashed.files.push(file);
    return runtime.hasDigest(file, ...rest);
  };
  return { ...runtime, hasDigest };
});

async function blob(): Promise<{ file: string; digest: string }> {
  hashed.files.length = 0;
  const dir = await mkdtemp(join(tmpdir(), 'damage-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const content = Buffer.from('a layer');
  const file = join(dir, 'data');
  await writeFile(file, content);
  return { file, digest: digestOf(content) };
}

test('all callers share one reading of a file, and an unchanged file is not read again', async () => {
  const { file, digest } = await blob();
  const checks = new DamageChecks();
  const all = Array.from({ length: 20 }, () => checks.isRight(file, digest));
  expect(await Promise.all(all)).toEqual(all.map(() => true));
  expect(await checks.isRight(file, digest)).toBe(true);
  expect(hashed.files).toEqual([file]);
});

test('a file that was right counts as damaged after a wrong change', async () => {
  const { file, digest } = await blob();
  const checks = new DamageChecks();
  expect(await checks.isRight(file, digest)).toBe(true);
  await truncate(file, 3);
  expect([await checks.isRight(file, digest), await checks.isRight(file, digest)]).toEqual([
    false,
    false,
  ]);
});

test('a missing file is an error of the file system', async () => {
  const { file, digest } = await blob();
  await expect(new DamageChecks().isRight(`${file}-gone`, digest)).rejects.toThrow('ENOENT');
});
