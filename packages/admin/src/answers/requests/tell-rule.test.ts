import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { auditFile, formatAuditLine } from '@registry-cache/domain';
import { expect, it, onTestFinished } from 'vitest';
import type { RequestAnswer } from '../../contract/requests.ts';
import { FollowedAudit } from '../../sources/followed-audit.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { tellRule } from './tell-rule.ts';

const TIME = '2026-11-30T10:00:00.500Z';
const request = (changed: Partial<RequestAnswer>): RequestAnswer => {
  return {
    ...{ id: 'a-1', time: TIME, image: 'reg.test/app:v1', kind: 'manifest', upstream: 'reg.test' },
    ...{ method: 'GET', status: 403, outcome: 'refused', bytes: 0, ms: 1, firstByteMs: 1 },
    ...{ who: 'bob', way: 'path', code: 'refused', reason: 'somebody refused it' },
    ...changed,
  };
};

function open() {
  const storeRoot = mkdtempSync(join(tmpdir(), 'registry-cache-rule-'));
  onTestFinished(() => rmSync(storeRoot, { recursive: true, force: true }));
  const file = auditFile(storeRoot);
  mkdirSync(dirname(file));
  const refusal = { event: 'refusal', time: TIME, right: 'pull', rule: 3 } as const;
  const lines = [
    { ...refusal, id: 'a-1', because: 'use valkey' },
    { ...refusal, id: 'a-2', because: '' },
    // A later request with the same id.
    { ...refusal, id: 'a-1', time: '2026-11-30T10:00:30.000Z', rule: 4, because: 'no' },
  ];
  writeFileSync(file, lines.map((line) => formatAuditLine(line, 0)).join(''));
  const auditLog = new FollowedAudit(file);
  onTestFinished(() => auditLog.close());
  return { auditLog, options: { storeRoot } as AnswerDeps['options'] };
}

it.each([
  ['a-1', 'refused', 'it was refused by access, rule 3: use valkey'],
  ['a-2', 'refused', 'it was refused by access, rule 3'],
  ['a-3', 'refused', 'somebody refused it'],
  ['a-1', 'evicted', 'somebody refused it'],
])('the request %s that was %s has the reason %s', async (id, code, reason) => {
  expect((await tellRule(request({ id, code }), open())).reason).toBe(reason);
});
