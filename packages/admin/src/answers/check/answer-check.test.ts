import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AuditEvent, auditFile, formatAuditLine } from '@registry-cache/domain';
import { expect, it, onTestFinished } from 'vitest';
import { FollowedAudit } from '../../sources/followed-audit.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerCheck } from './answer-check.ts';

function openAudit() {
  const storeRoot = mkdtempSync(join(tmpdir(), 'registry-cache-check-'));
  onTestFinished(() => rmSync(storeRoot, { recursive: true, force: true }));
  const file = auditFile(storeRoot);
  mkdirSync(dirname(file));
  const write = (event: AuditEvent, times = 1) =>
    writeFileSync(file, formatAuditLine(event, 0).repeat(times), { flag: 'a' });
  const options = { storeRoot, metricsDirs: [] as string[] } as unknown as AnswerDeps['options'];
  const auditLog = new FollowedAudit(file);
  onTestFinished(() => auditLog.close());
  const ask = async () => (await answerCheck({ options, auditLog })).changes;
  return { file, write, ask };
}

const REFUSAL: AuditEvent = { event: 'refusal', because: 'x'.repeat(1000) };
const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 10, 0, second)).toISOString();
const change = (second: number): AuditEvent => {
  return { event: 'configuration', time: at(second), because: `upstreams.${second} „a“` };
};
const told = (second: number) => {
  return { time: at(second), refused: false, what: `upstreams.${second} „a“` };
};

it('tells changes of before the rotation of the audit log, behind MiB of other events', async () => {
  const { file, write, ask } = openAudit();
  write({ ...change(0), verdict: 'refused' });
  write(REFUSAL, 2000);
  renameSync(file, `${file}.1`);
  write(REFUSAL, 20_000);
  write(change(1));
  expect(await ask()).toEqual([told(1), { ...told(0), refused: true }]);
});

it('reads once what it has read, also over rotations', async () => {
  const { file, write, ask } = openAudit();
  write(REFUSAL);
  write(change(0));
  expect(await Promise.all([ask(), ask()])).toEqual([[told(0)], [told(0)]]);
  // Without the first bytes, by which the file is known again.
  const handle = openSync(file, 'r+');
  writeSync(handle, 'x'.repeat(statSync(file).size - 501), 500);
  closeSync(handle);
  expect(await ask()).toEqual([told(0)]);
  write(change(1));
  renameSync(file, `${file}.1`);
  write(change(2));
  expect(await ask()).toEqual([told(2), told(1), told(0)]);
});

it('tells the last changes alone', async () => {
  const { write, ask } = openAudit();
  expect(await ask()).toEqual([]);
  for (let second = 0; second < 30; second += 1) write(change(second));
  const changes = await ask();
  expect([changes.length, changes[0], changes.at(-1)]).toEqual([20, told(29), told(10)]);
});
