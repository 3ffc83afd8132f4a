import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AuditEvent, auditFile, formatAuditLine } from '@registry-cache/domain';
import { expect, it, onTestFinished } from 'vitest';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerCheck } from './answer-check.ts';

it('tells changes of before the rotation of the audit log, behind MiB of other events', async () => {
  const storeRoot = mkdtempSync(join(tmpdir(), 'registry-cache-check-'));
  onTestFinished(() => rmSync(storeRoot, { recursive: true, force: true }));
  const file = auditFile(storeRoot);
  mkdirSync(dirname(file));
  const write = (event: AuditEvent, times = 1) =>
    writeFileSync(file, formatAuditLine(event, 0).repeat(times), { flag: 'a' });
  const refusal: AuditEvent = { event: 'refusal', because: 'x'.repeat(1000) };
  const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 10, 0, second)).toISOString();
  write({ event: 'configuration', time: at(0), verdict: 'refused', because: 'upstreams.0' });
  write(refusal, 2000);
  renameSync(file, `${file}.1`);
  write(refusal, 20_000);
  write({ event: 'configuration', time: at(1), because: 'upstreams.1' });
  const deps = { options: { storeRoot, metricsDirs: [] as string[] } } as unknown as AnswerDeps;
  expect((await answerCheck(deps)).changes).toEqual([
    { time: at(1), refused: false, what: 'upstreams.1' },
    { time: at(0), refused: true, what: 'upstreams.0' },
  ]);
});
