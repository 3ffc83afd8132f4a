import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDirectory } from '../testing/store.ts';
import { collectLog } from './collect-log.ts';

function createFixture() {
  const folder = createDirectory();
  const pipe = join(folder, 'pipe');
  const accessLog = join(folder, 'access.log');
  execFileSync('mkfifo', [pipe]);
  const writer = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(writer));
  const failures: unknown[] = [];
  const start = () => {
    const stop = new AbortController();
    const ended = collectLog({
      pipe,
      accessLog,
      rotateAtBytes: 1_000_000,
      signal: stop.signal,
      onFailure: (error) => failures.push(error),
    });
    return () => {
      stop.abort();
      return ended;
    };
  };
  const read = () => readFileSync(accessLog, 'utf8');
  return { write: (text: string) => void writeSync(writer, text), read, start, failures };
}

test('moves lines from the pipe into the log, including those written while it was not running', async () => {
  const { write, read, start, failures } = createFixture();
  const end = start();
  write('{"n":1}\n');
  await vi.waitFor(() => expect(read()).toBe('{"n":1}\n'));
  await end();
  write('{"n":2}\n');
  const endAgain = start();
  await vi.waitFor(() => expect(read()).toBe('{"n":1}\n{"n":2}\n'));
  await endAgain();
  expect(failures).toEqual([]);
});

test('empties the pipe before it ends', async () => {
  const { write, read, start } = createFixture();
  const end = start();
  write('{"n":3}\n');
  await end();
  expect(read()).toBe('{"n":3}\n');
});
