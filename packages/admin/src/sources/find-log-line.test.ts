import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { findLogLine } from './find-log-line.ts';

vi.mock('node:fs/promises', async (load) => {
  const promises = await load<typeof import('node:fs/promises')>();
  return { ...promises, open: vi.fn(promises.open) };
});

let file: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-log-line-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  file = join(folder, 'access.log');
});

/** A line as HAProxy writes it. */
const line = (id: string, more = '') => `{"time": "x", "id": "${id}", "path": "${more}"}`;

it('finds the last line of an id, in both files, wherever pieces are cut', async () => {
  const filler = Array.from({ length: 30_000 }, (_, index) => line(`filler-${index}`, 'é'));
  const lines = [line('twice', 'first'), line('start'), ...filler, line('twice', 'second')];
  writeFileSync(file, `${lines.join('\n')}\n`);
  writeFileSync(`${file}.1`, `${line('older')}\n`);
  expect(await findLogLine(file, 'twice')).toBe(line('twice', 'second'));
  expect(await findLogLine(file, 'start')).toBe(line('start'));
  expect(await findLogLine(file, 'older')).toBe(line('older'));
  for (let index = 0; index < 30_000; index += 997) {
    const found = await findLogLine(file, `filler-${index}`);
    expect(Buffer.from(found ?? '', 'latin1').toString('utf8')).toBe(line(`filler-${index}`, 'é'));
  }
});

it('finds nothing where there is nothing', async () => {
  expect(await findLogLine(file, 'one')).toBeUndefined();
  writeFileSync(file, line('one-more'));
  expect(await findLogLine(file, 'one')).toBeUndefined();
});

it('reads 64 MiB of a file at most', async () => {
  writeFileSync(file, `${line('lost')}\n`);
  truncateSync(file, 70 * 1024 * 1024);
  appendFileSync(file, `\n${line('found')}\n`);
  expect(await findLogLine(file, 'found')).toBe(line('found'));
  expect(await findLogLine(file, 'lost')).toBeUndefined();
});

it('reads the files once for equal questions at a time', async () => {
  writeFileSync(file, line('one'));
  vi.mocked(open).mockClear();
  const found = await Promise.all(['one', 'one', 'one'].map((id) => findLogLine(file, id)));
  expect(found).toEqual([line('one'), line('one'), line('one')]);
  expect(open).toHaveBeenCalledTimes(1);
  expect(await findLogLine(file, 'one')).toBe(line('one'));
  expect(open).toHaveBeenCalledTimes(2);
});
