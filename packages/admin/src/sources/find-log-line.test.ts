import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { findLogLine } from './find-log-line.ts';

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
