import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openUploadQueue } from './upload-queue.ts';
import type { UploadTask } from './upload-task.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'queue-'));
});
afterEach(() => rm(dir, { recursive: true }));

const PLACE = { upstreamId: 'quay.io', repository: 'team/app' };
const layer = (letter: string): UploadTask => ({
  ...PLACE,
  kind: 'layer',
  digest: `sha256:${letter.repeat(64)}`,
});
const tag = (confirmedAtMs: number): UploadTask => ({
  ...PLACE,
  kind: 'tag',
  tag: 'v1',
  record: { digest: `sha256:${'a'.repeat(64)}`, confirmedAtMs },
});

const open = (maxTasks = 10) =>
  openUploadQueue(dir, {
    maxTasks,
    maxTextBytes: 100,
    onNotKept: (error) => {
      throw error;
    },
  });

test('what waits, or was running, is there after a restart', async () => {
  const queue = await open();
  const list: UploadTask = {
    ...PLACE,
    kind: 'referrers',
    subject: `sha256:${'b'.repeat(64)}`,
    list: '{}',
  };
  const gone: UploadTask = { ...PLACE, kind: 'tag', tag: 'old' };
  for (const task of [layer('a'), tag(1), list, gone]) await queue.add(task);
  queue.take();
  const again = await open();
  expect(again.size).toBe(4);
  const taken = [again.take(), again.take(), again.take(), again.take()].map((one) => one?.task);
  expect(taken).toEqual(expect.arrayContaining([layer('a'), tag(1), list, gone]));
});

test('what is done does not come back', async () => {
  const queue = await open();
  await queue.add(layer('a'));
  const taken = queue.take();
  if (taken !== undefined) await queue.done(taken);
  expect([queue.size, await readdir(dir)]).toEqual([0, []]);
  expect((await open()).size).toBe(0);
});

test('a later task for the same object takes the place of the one before', async () => {
  const queue = await open();
  await queue.add(tag(1));
  await queue.add(tag(2));
  expect([queue.size, queue.take()?.task]).toEqual([1, tag(2)]);
});

test('a task that comes while an earlier one for the same object runs waits for its end', async () => {
  const queue = await open();
  await queue.add(tag(1));
  const running = queue.take();
  await queue.add(tag(2));
  expect(queue.take()).toBeUndefined();
  if (running !== undefined) await queue.done(running);
  expect((await open()).take()?.task).toEqual(tag(2));
  expect(queue.take()?.task).toEqual(tag(2));
});

test('a task that failed waits again, behind the others', async () => {
  const queue = await open();
  await queue.add(layer('a'));
  await queue.add(layer('b'));
  const failed = queue.take();
  if (failed !== undefined) queue.giveBack(failed);
  expect([queue.take()?.task, queue.take()?.task]).toEqual([layer('b'), layer('a')]);
});

test('a full queue takes no other object, and still the newest word on those it has', async () => {
  const queue = await open(2);
  expect(await queue.add(tag(1))).toBe(true);
  expect(await queue.add(layer('a'))).toBe(true);
  expect(await queue.add(layer('b'))).toBe(false);
  expect(await queue.add(tag(2))).toBe(true);
  expect(queue.size).toBe(2);
});

test('lists of referrers take so much memory at most', async () => {
  const queue = await open();
  const list = (letter: string): UploadTask => ({
    ...PLACE,
    kind: 'referrers',
    subject: `sha256:${letter.repeat(64)}`,
    list: 'x'.repeat(60),
  });
  expect(await queue.add(list('a'))).toBe(true);
  const running = queue.take();
  expect(await queue.add(list('b'))).toBe(false);
  expect(await queue.add(layer('c'))).toBe(true);
  if (running !== undefined) await queue.done(running);
  expect(await queue.add(list('b'))).toBe(true);
});

test('a folder in the place of a task is left alone', async () => {
  await mkdir(join(dir, 'folder', 'inside'), { recursive: true });
  const errors: unknown[] = [];
  const queue = await openUploadQueue(dir, {
    maxTasks: 10,
    maxTextBytes: 100,
    onNotKept: (error) => errors.push(error),
  });
  expect([queue.size, errors.length, await readdir(dir)]).toEqual([0, 1, ['folder']]);
});

test('files that are no tasks are removed at the start', async () => {
  await writeFile(join(dir, 'half'), '{"kind":"lay');
  await writeFile(join(dir, 'renamed'), JSON.stringify(layer('a')));
  expect((await open()).size).toBe(0);
  expect(await readdir(dir)).toEqual([]);
});

test('a worker hears of a new task, and of the end', async () => {
  const queue = await open();
  const stop = new AbortController();
  const heard = queue.added(stop.signal);
  await queue.add(layer('a'));
  await heard;
  const ended = queue.added(stop.signal);
  stop.abort();
  await ended;
});
