import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { referrersDir, referrersFile, repositoryDir } from '@registry-cache/domain';
import { expect, onTestFinished, test } from 'vitest';
import { openReferrerStore, type ReferrerLimits } from './referrers.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`;
const PLACE = { upstreamId: 'up', repository: 'team/app' };
const [A, B, C] = [digestOf('a'), digestOf('b'), digestOf('c')];

async function setUp(limits?: ReferrerLimits) {
  const root = await mkdtemp(join(tmpdir(), 'registry-cache-referrers-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const directory = repositoryDir(root, PLACE.upstreamId, PLACE.repository);
  const store = openReferrerStore(root, limits);
  return {
    add: (subject: string, ...digests: string[]) => store.add({ ...PLACE, subject }, digests),
    file: (subject: string) => referrersFile(directory, subject),
    read: (subject: string) => readFile(referrersFile(directory, subject), 'utf8'),
    subjects: async () => (await readdir(referrersDir(directory))).sort(),
  };
}

test('pages and filtered lists of one subject add up, also at the same time', async () => {
  const { add, read } = await setUp();
  await Promise.all([add(A, B), add(A, C), add(A)]);
  expect((await read(A)).trim().split('\n').sort()).toEqual([B, C]);
});

test('a list that is known is not written again', async () => {
  const { add, file } = await setUp();
  await add(A, B, C);
  const { ino } = await stat(file(A));
  await add(A, C);
  expect((await stat(file(A))).ino).toBe(ino);
});

test('an empty list writes nothing', async () => {
  const { add, read } = await setUp();
  await add(A);
  await expect(read(A)).rejects.toThrow('ENOENT');
});

test('the referrers that were listed last stay', async () => {
  const { add, read } = await setUp({ maxSubjects: 1, maxReferrers: 2 });
  await add(A, A, B);
  await add(A, C);
  expect(await read(A)).toBe(`${C}\n${A}\n`);
});

test('the list that was written first goes', async () => {
  const { add, subjects } = await setUp({ maxSubjects: 2, maxReferrers: 2 });
  for (const subject of [C, A, B]) {
    await add(subject, A);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await subjects()).toEqual([A, B].map((digest) => digest.replace(':', '-')));
});
