import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobRecordsDir } from '@registry-cache/domain';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listJobs } from './list-jobs.ts';
import { openJob } from './open-job.ts';
import { MOST_RECORDS } from './roll-records.ts';

function createStore(): string {
  const root = mkdtempSync(join(tmpdir(), 'jobs-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

function open(storeRoot: string, now?: () => number) {
  const losses: unknown[] = [];
  const job = openJob(
    { storeRoot, kind: 'warm', by: 'operator', what: 'list.txt', command: 'warm list.txt' },
    { onLost: (error) => losses.push(error), ...(now && { now }) },
  );
  return { job, losses };
}

describe('the record of a job', () => {
  it('tells how far it is, and how it ended', async () => {
    const root = createStore();
    const { job, losses } = open(root);
    await expect.poll(() => listJobs(root).jobs).toHaveLength(1);
    expect(listJobs(root).jobs[0]).toMatchObject({
      ...{ kind: 'warm', by: 'operator', what: 'list.txt', state: 'running' },
      since: expect.any(String),
    });
    job.update({ doneBytes: 5, totalBytes: 10 });
    await expect
      .poll(() => listJobs(root).jobs[0]?.progress)
      .toEqual({ doneBytes: 5, totalBytes: 10 });
    await job.end('done');
    const [ended] = listJobs(root).jobs;
    expect([ended?.state, ended?.goesOnBy, losses]).toEqual(['done', undefined, []]);
  });

  it.each(['failed', 'interrupted'] as const)(
    'names the command that goes on after %s',
    async (outcome) => {
      const root = createStore();
      await open(root).job.end(outcome, 'no route');
      expect(listJobs(root).jobs).toEqual([
        expect.objectContaining({ state: outcome, error: 'no route', goesOnBy: 'warm list.txt' }),
      ]);
    },
  );

  it('counts as broken off when its process was killed', async () => {
    const root = createStore();
    const script = `
      const { openJob } = await import(${JSON.stringify(join(import.meta.dirname, 'open-job.ts'))});
      const job = openJob(
        { storeRoot: process.argv[1], kind: 'import', by: 'operator', what: 'b', command: 'import b' },
        { onLost: console.error },
      );
      job.update({ doneBytes: 1 });
      setInterval(() => undefined, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, root]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await expect.poll(() => listJobs(root).jobs[0]?.state).toBe('running');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(listJobs(root).jobs).toEqual([
      expect.objectContaining({
        ...{ state: 'broken off', goesOnBy: 'import b', ended: expect.any(String) },
      }),
    ]);
  });

  it('of another container counts as running while it is written', async () => {
    const root = createStore();
    await open(root).job.end('done');
    const [name = ''] = readdirSync(jobRecordsDir(root));
    const file = join(jobRecordsDir(root), name);
    const { outcome: _, ...record } = JSON.parse(readFileSync(file, 'utf8'));
    const process = { ...record.process, namespace: 'pid:[1]' };
    writeFileSync(file, JSON.stringify({ ...record, process }));
    expect(listJobs(root).jobs[0]?.state).toBe('running');
    expect(listJobs(root, Date.now() + 120_000).jobs[0]?.state).toBe('broken off');
  });
});

describe('records', () => {
  it('that are broken hide no others, and go with the next job', async () => {
    const root = createStore();
    await open(root).job.end('done');
    const directory = jobRecordsDir(root);
    for (const [name, text] of [
      ['a.json', '{"id":'],
      ['b.json', '{}'],
      ['c.json', 'x'.repeat(100_000)],
      ['old.json.1234.tmp', 'x'],
    ] as const) {
      writeFileSync(join(directory, name), text);
    }
    mkdirSync(join(directory, 'd.json'));
    utimesSync(join(directory, 'old.json.1234.tmp'), 0, 0);
    const { jobs, broken } = listJobs(root);
    expect([jobs.length, [...broken].sort()]).toEqual([
      1,
      ['a.json', 'b.json', 'c.json', 'd.json'],
    ]);
    await open(root).job.end('done');
    expect(listJobs(root)).toMatchObject({ jobs: [{}, {}], broken: [] });
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it('stay below their number, and the newest stay', async () => {
    const root = createStore();
    let nowMs = Date.now() - 1_000_000;
    for (let index = 0; index < MOST_RECORDS + 5; index += 1) {
      nowMs += 1000;
      await open(root, () => nowMs).job.end('done');
    }
    const { jobs } = listJobs(root);
    expect([jobs.length, jobs[0]?.since]).toEqual([MOST_RECORDS, new Date(nowMs).toISOString()]);
  });

  it('that cannot be written stop no work, and are told once', async () => {
    const root = createStore();
    writeFileSync(join(root, 'jobs'), 'a file where a folder belongs');
    chmodSync(root, 0o755);
    const { job, losses } = open(root);
    job.update({ doneBytes: 1 });
    await job.end('done');
    expect([losses.length, listJobs(root).jobs]).toEqual([1, []]);
  });
});
