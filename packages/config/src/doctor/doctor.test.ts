import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { doctorFiles, type RunPaths, runPaths } from '@registry-cache/domain';
import { expect, it, onTestFinished } from 'vitest';
import { runDoctor } from './run-doctor.ts';
import { startDoctor } from './start-doctor.ts';

async function open(): Promise<RunPaths> {
  const root = await mkdtemp(join(tmpdir(), 'registry-cache-doctor-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const run = runPaths(root);
  for (const folder of [run.state, run.config]) await mkdir(folder);
  return run;
}

/** A program in the place of another. */
async function writeProgram(run: RunPaths, code: string): Promise<string> {
  const file = join(run.root, 'program');
  await writeFile(file, `#!/bin/sh\n${code}\n`);
  await chmod(file, 0o755);
  return file;
}

const wish = async (run: RunPaths, atMs: number) => {
  await writeFile(doctorFiles(run).wish, '');
  await utimes(doctorFiles(run).wish, atMs / 1000, atMs / 1000);
};

async function openStart() {
  const run = await open();
  const runs = join(run.root, 'runs');
  const program = await writeProgram(run, `echo "$1 $SECRET" >>${runs}`);
  const readRuns = async () =>
    (await readFile(runs, 'utf8').catch(() => '')).split('\n').slice(0, -1);
  // The note that it makes for each doctor, before that runs.
  const readNote = async () => {
    const { mtimeMs } = await stat(join(run.config, 'doctor-started')).catch(() => ({
      mtimeMs: 0,
    }));
    return mtimeMs;
  };
  /** Whether a doctor was started. */
  const start = async (nowMs?: number) => {
    const before = await readNote();
    await sleep(20);
    await startDoctor(run, { SECRET: 'known' }, [program], nowMs);
    return (await readNote()) !== before;
  };
  return { run, start, readRuns };
}

it('starts one doctor for each wish, and none beside one that runs', async () => {
  const { run, start, readRuns } = await openStart();
  expect(await start()).toBe(false);
  await wish(run, Date.now());
  expect(await start()).toBe(true);
  await expect.poll(readRuns).toEqual(['doctor known']);
  // The same wish, and one while it runs.
  expect(await start()).toBe(false);
  await wish(run, Date.now() + 1_000);
  expect(await start()).toBe(false);
  // A run that left no report has died.
  expect(await start(Date.now() + 100_000)).toBe(true);
  await expect.poll(readRuns).toEqual(['doctor known', 'doctor known']);
});

it('starts one after the clock was set back', async () => {
  const { run, start } = await openStart();
  await wish(run, Date.now());
  expect(await start()).toBe(true);
  const hourAgoMs = Date.now() - 3_600_000;
  await wish(run, hourAgoMs);
  expect(await start(hourAgoMs)).toBe(true);
  expect(await start(hourAgoMs)).toBe(false);
});

it('holds up no update where the wish is a link to itself', async () => {
  const { run, start } = await openStart();
  await symlink('doctor', doctorFiles(run).wish);
  expect(await start()).toBe(true);
  expect(await start()).toBe(false);
});

it('leaves the report of the command, or why there is none', async () => {
  const run = await open();
  const { report } = doctorFiles(run);
  const good = await writeProgram(run, `echo '{"ok":false,"checks":[]}'; exit 1`);
  expect(await runDoctor(run, good)).toBe(0);
  expect(JSON.parse(await readFile(report, 'utf8'))).toEqual({ ok: false, checks: [] });
  expect((await stat(report)).mode & 0o777).toBe(0o640);
  const bad = await writeProgram(run, 'echo first >&2; echo last >&2; exit 1');
  expect(await runDoctor(run, bad)).toBe(1);
  expect(JSON.parse(await readFile(report, 'utf8'))).toEqual({ failed: 'last' });
  expect(await runDoctor(run, join(run.root, 'missing'))).toBe(1);
  expect(JSON.parse(await readFile(report, 'utf8')).failed).toContain('ENOENT');
});
