import { execFileSync } from 'node:child_process';
import { appendFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LogFollower } from './log-follower.ts';
import type { LogPosition } from './log-position.ts';
import { createDirectory } from './testing/directory.ts';

function follow(log: string, position?: LogPosition): LogFollower {
  const follower = new LogFollower(log, position);
  onTestFinished(() => follower.close());
  return follower;
}

async function readAll(follower: LogFollower) {
  const lines: string[] = [];
  let tooLong = 0;
  for (let read = await follower.read(); read !== undefined; read = await follower.read()) {
    lines.push(...read.lines);
    tooLong += read.tooLong;
  }
  return { lines, tooLong };
}

function createLog(content?: string): string {
  const log = join(createDirectory(), 'access.log');
  if (content !== undefined) writeFileSync(log, content);
  return log;
}

test('waits for a missing file', async () => {
  const log = createLog();
  const follower = follow(log);
  expect((await readAll(follower)).lines).toEqual([]);
  writeFileSync(log, 'one\n');
  expect((await readAll(follower)).lines).toEqual(['one']);
});

test('waits for the end of a line', async () => {
  const log = createLog('one\ntw');
  const follower = follow(log);
  expect((await readAll(follower)).lines).toEqual(['one']);
  expect(follower.position?.offset).toBe(4);
  appendFileSync(log, 'o\nthree\n');
  expect((await readAll(follower)).lines).toEqual(['two', 'three']);
});

test('reads a rotated file to its end before the new one', async () => {
  const log = createLog('one\n');
  const follower = follow(log);
  await readAll(follower);
  appendFileSync(log, 'two\n');
  renameSync(log, `${log}.1`);
  appendFileSync(`${log}.1`, 'three\n');
  expect((await readAll(follower)).lines).toEqual(['two', 'three']);
  writeFileSync(log, 'four\n');
  expect((await readAll(follower)).lines).toEqual(['four']);
});

test('loses nothing when the log rotates twice between two looks', async () => {
  const log = createLog('one\n');
  const follower = follow(log);
  await readAll(follower);
  appendFileSync(log, 'two\n');
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'three\n');
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'four\n');
  expect((await readAll(follower)).lines).toEqual(['two', 'three', 'four']);
});

test('drops the half line at the end of a rotated file', async () => {
  const log = createLog('one\ntw');
  const follower = follow(log);
  await readAll(follower);
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'three\n');
  expect(await readAll(follower)).toEqual({ lines: ['three'], tooLong: 1 });
});

test('starts over when the file was truncated', async () => {
  const log = createLog('one\ntwo\n');
  const follower = follow(log);
  await readAll(follower);
  truncateSync(log);
  appendFileSync(log, 'new\n');
  expect((await readAll(follower)).lines).toEqual(['new']);
});

test('goes on at a remembered position', async () => {
  const log = createLog('one\ntwo\n');
  const first = follow(log);
  await readAll(first);
  appendFileSync(log, 'three\n');
  expect((await readAll(follow(log, first.position))).lines).toEqual(['three']);
});

test('goes on at a remembered position in a file that was rotated meanwhile', async () => {
  const log = createLog('one\n');
  const first = follow(log);
  await readAll(first);
  appendFileSync(log, 'two\n');
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'three\n');
  expect((await readAll(follow(log, first.position))).lines).toEqual(['two', 'three']);
});

test('begins with the oldest file when a later one has the remembered inode', async () => {
  const log = createLog('one\n');
  const first = follow(log);
  await readAll(first);
  // Two rotations without a reader, after which the filesystem gives the number again.
  writeFileSync(`${log}.1`, 'two\n');
  writeFileSync(log, 'six\n');
  expect(first.position?.inode).toBe(statSync(log).ino);
  expect((await readAll(follow(log, first.position))).lines).toEqual(['two', 'six']);
});

test('does not trust a position that is not the start of a line', async () => {
  const log = createLog('one\n');
  const first = follow(log);
  await readAll(first);
  const inode = first.position?.inode ?? 0;
  writeFileSync(log, 'longer\nthan before\n');
  expect((await readAll(follow(log, { inode, offset: 4 }))).lines).toEqual([
    'longer',
    'than before',
  ]);
  expect((await readAll(follow(log, { inode, offset: 4000 }))).lines).toHaveLength(2);
});

test('drops an endless line, whatever its pieces are, and goes on after it', async () => {
  const log = createLog(`one\n${'x'.repeat(700_000)}`);
  const follower = follow(log);
  expect(await readAll(follower)).toEqual({ lines: ['one'], tooLong: 0 });
  expect(follower.position?.offset).toBe(4);
  appendFileSync(log, 'xx\ntwo\n');
  expect(await readAll(follower)).toEqual({ lines: ['two'], tooLong: 1 });
});

test('reads lines across chunks', async () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'é'.repeat(20)}`);
  const log = createLog(`${lines.join('\n')}\n`);
  const read = await readAll(follow(log));
  expect(read.lines.map((line) => Buffer.from(line, 'latin1').toString())).toEqual(lines);
});

test('waits for the file of the log where a pipe is in its place', async () => {
  const log = createLog();
  execFileSync('mkfifo', [log]);
  const follower = follow(log);
  expect((await readAll(follower)).lines).toEqual([]);
  rmSync(log);
  writeFileSync(log, 'one\n');
  expect((await readAll(follower)).lines).toEqual(['one']);
});
