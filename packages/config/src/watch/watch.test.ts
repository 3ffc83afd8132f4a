import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const WATCH = join(import.meta.dirname, '../../../../supervisor/watch');
let dir: string;
let watcher: ChildProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'watch-'));
});

afterEach(async () => {
  if (watcher?.kill()) await once(watcher, 'exit');
  watcher = undefined;
  await rm(dir, { recursive: true, force: true });
});

const path = (name: string) => join(dir, name);

const listFiles = (...names: string[]) =>
  writeFile(path('list'), names.map((name) => `${path(name)}\0`).join(''));

/** Starts the watcher with a command that notes each run, and the content of the file `a`. */
async function startWatch(more = ''): Promise<void> {
  const note = `printf '%s,' "$(cat ${path('a')} 2>/dev/null)" >>${path('runs')}${more}`;
  watcher = spawn(WATCH, [path('list'), '/bin/sh', '-c', note], { stdio: 'inherit' });
  await untilRuns(1);
}

/** The content that each run has read, once there were so many runs. */
async function untilRuns(count: number): Promise<string[]> {
  for (;;) {
    const text = await readFile(path('runs'), 'utf8').catch(() => '');
    const runs = text.split(',').slice(0, -1);
    if (runs.length >= count) return runs;
    await sleep(20);
  }
}

describe('supervisor/watch', () => {
  it('runs the command at the start, and again for a file written in place', async () => {
    await listFiles('a');
    await writeFile(path('a'), '1');
    await startWatch();
    await writeFile(path('a'), '2');
    expect(await untilRuns(2)).toEqual(['1', '2']);
  });

  it('repeats a command that failed, and not one that succeeded', async () => {
    await listFiles('a');
    await writeFile(path('a'), '1');
    await startWatch(`; test -e ${path('well')}`);
    await untilRuns(2);
    await writeFile(path('well'), '');
    expect(await untilRuns(3)).toEqual(['1', '1', '1']);
  });

  it('sees a file that appears later, and a file replaced by rename', async () => {
    await listFiles('a');
    await startWatch();
    await writeFile(path('a'), '1');
    await untilRuns(2);
    await writeFile(path('a.new'), '2');
    await rename(path('a.new'), path('a'));
    expect(await untilRuns(3)).toEqual(['', '1', '2']);
  });

  it('sees a file that is replaced by an older one of the same size', async () => {
    await listFiles('a');
    await writeFile(path('a'), '1');
    await writeFile(path('older'), '2');
    await utimes(path('older'), 1, 1);
    await startWatch();
    await rename(path('older'), path('a'));
    expect(await untilRuns(2)).toEqual(['1', '2']);
  });

  it('sees the swap of a symbolic link above the file, as Kubernetes makes it', async () => {
    await listFiles('a');
    for (const version of ['v1', 'v2']) {
      await mkdir(path(version));
      await writeFile(path(`${version}/a`), version);
    }
    await symlink('v1', path('..data'));
    await symlink('..data/a', path('a'));
    await startWatch();
    await symlink('v2', path('..new'));
    await rename(path('..new'), path('..data'));
    expect(await untilRuns(2)).toEqual(['v1', 'v2']);
  });

  it('takes several writes in a row for one change', async () => {
    await listFiles('a');
    await startWatch();
    for (const part of ['1', '2', '3']) await appendFile(path('a'), part);
    expect(await untilRuns(2)).toEqual(['', '123']);
  });

  it('follows a changed list', async () => {
    await listFiles('b');
    await writeFile(path('a'), '1');
    await startWatch();
    await listFiles('b', 'a');
    await untilRuns(2);
    await writeFile(path('a'), '2');
    expect(await untilRuns(3)).toEqual(['1', '1', '2']);
  });

  it('waits for a list that is not there yet', async () => {
    await writeFile(path('a'), '1');
    await startWatch();
    await listFiles('a');
    expect(await untilRuns(2)).toEqual(['1', '1']);
  });
});
