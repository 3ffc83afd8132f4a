import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { followedFile, jobRecordsDir } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { createFolder, runProgram } from '../testing/run-program.ts';

const SINCE = '2026-11-30T02:00:00.000Z';
const ENDED = '2026-11-30T03:00:00.000Z';

function createStore(): string {
  const root = createFolder();
  mkdirSync(jobRecordsDir(root), { recursive: true });
  return root;
}

function addRecord(root: string, id: string, record: object): void {
  const shared = {
    ...{
      id,
      kind: 'warm',
      by: 'operator',
      what: 'list.txt',
      command: 'registry-cache warm list.txt',
    },
    process: { pid: 1, startTicks: '0', bootId: 'an earlier boot', namespace: '' },
    ...{ since: SINCE, updated: ENDED },
  };
  writeFileSync(join(jobRecordsDir(root), `${id}.json`), JSON.stringify({ ...shared, ...record }));
}

it('shows jobs for people, with the command that goes on and what was progress', async () => {
  const root = createStore();
  const progress = {
    doneBytes: 2048,
    totalBytes: 4096,
    doneImages: 3,
    totalImages: 9,
    failedImages: 1,
  };
  addRecord(root, '1', { outcome: 'done', ended: ENDED, progress: { doneBytes: 1024 } });
  addRecord(root, '2', { progress });
  addRecord(root, '3', { by: 'policy', outcome: 'failed', error: 'no\u001b route', ended: ENDED });
  writeFileSync(
    followedFile(root),
    JSON.stringify([
      {
        ...{ list: '/lists/a', everyMs: 21_600_000, mark: '', failures: 2, failuresInARow: 1 },
        ...{ startedMs: Date.parse(SINCE), endedMs: Date.parse(SINCE) },
        ...{ nextMs: Date.parse(ENDED), error: 'it is gone' },
      },
    ]),
  );
  const { exitCode, stdout, stderr } = await runProgram(['jobs'], { REGISTRYDIR: root });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')).toEqual([
    '2026-11-30T02:00:00Z warm list.txt (by operator): done 2026-11-30T03:00:00Z, 1 KiB',
    '2026-11-30T02:00:00Z warm list.txt (by operator): broken off 2026-11-30T03:00:00Z, 3 of 9 images, 1 failed, 2 KiB of 4 KiB',
    '    goes on by: registry-cache warm list.txt',
    expect.stringMatching(
      /^2026-11-30T02:00:00Z warm .*: failed 2026-11-30T03:00:00Z: no\S+ route$/,
    ),
    '    goes on by itself',
    'follows /lists/a every 6h; last success never, next 2026-11-30T03:00:00Z; last failure: it is gone',
    '',
  ]);
});

it('keeps a record of each kind of work, with the command as it was typed', async () => {
  const root = createStore();
  mkdirSync(join(root, 'blobs', 'sha256'), { recursive: true });
  const env = { REGISTRYDIR: root };
  expect((await runProgram(['verify'], env)).exitCode).toBe(0);
  const { stdout } = await runProgram(['jobs', '--json'], env);
  expect(JSON.parse(stdout)).toMatchObject({
    jobs: [{ kind: 'verify', what: 'the store', state: 'done', by: 'operator' }],
    followed: [],
  });
});

it('says that there are none', async () => {
  const { stdout } = await runProgram(['jobs'], { REGISTRYDIR: createFolder() });
  expect(stdout).toBe('no jobs\n');
});
