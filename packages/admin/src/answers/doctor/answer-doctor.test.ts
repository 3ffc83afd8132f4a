import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerDoctor } from './answer-doctor.ts';

function open() {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const doctor = { wish: join(folder, 'wish'), report: join(folder, 'report.json') };
  const deps = { options: { doctor }, nowMs: Date.now } as unknown as AnswerDeps;
  const untilWished = async () => {
    while (statSync(doctor.wish, { throwIfNoEntry: false }) === undefined) await sleep(10);
  };
  return { deps, ...doctor, untilWished };
}

const REPORT = { ok: true, checks: [{ check: 'clock', kind: 'not tried', reason: 'offline' }] };

it('waits for the report of its wish, which all who ask meanwhile get', async () => {
  const { deps, report, untilWished } = open();
  writeFileSync(report, JSON.stringify({ ok: false, checks: [] }));
  await sleep(20);
  const answers = [answerDoctor(deps), answerDoctor(deps)];
  await untilWished();
  writeFileSync(report, JSON.stringify(REPORT));
  expect(await Promise.all(answers)).toEqual([REPORT, REPORT]);
});

it('says why there is no report', async () => {
  const { deps, report, untilWished } = open();
  const answer = answerDoctor(deps);
  await untilWished();
  writeFileSync(report, JSON.stringify({ failed: 'no memory' }));
  await expect(answer).rejects.toMatchObject({
    ...{ code: 'UNAVAILABLE', message: 'the doctor could not run: no memory' },
  });
});

it('says that no report comes', async () => {
  const { deps } = open();
  let now = 0;
  const nowMs = () => {
    now += 60_000;
    return now;
  };
  await expect(answerDoctor({ ...deps, nowMs })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
