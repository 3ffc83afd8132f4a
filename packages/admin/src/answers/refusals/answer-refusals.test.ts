import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AuditEvent, auditFile, formatAuditLine } from '@registry-cache/domain';
import { expect, it, onTestFinished, vi } from 'vitest';
import { FollowedAudit } from '../../sources/followed-audit.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerRefusals } from './answer-refusals.ts';

vi.mock('node:fs/promises', async (load) => {
  const promises = await load<typeof import('node:fs/promises')>();
  return { ...promises, open: vi.fn(promises.open) };
});

function openAudit() {
  const storeRoot = mkdtempSync(join(tmpdir(), 'registry-cache-refusals-'));
  onTestFinished(() => rmSync(storeRoot, { recursive: true, force: true }));
  const file = auditFile(storeRoot);
  mkdirSync(dirname(file));
  const options = { storeRoot } as AnswerDeps['options'];
  const auditLog = new FollowedAudit(file);
  onTestFinished(() => auditLog.close());
  const write = (...events: readonly AuditEvent[]) => {
    writeFileSync(file, events.map((event) => formatAuditLine(event, 0)).join(''), { flag: 'a' });
  };
  const ask = async (limit = 100, since?: string) =>
    (await answerRefusals({ limit, since }, { options, auditLog })).refusals;
  return { file, write, ask };
}

const at = (second: number) => new Date(Date.UTC(2026, 10, 30, 10, 0, second)).toISOString();

it('tells rules of access, of signatures and of admission apart', async () => {
  const { file, write, ask } = openAudit();
  const image = 'reg.test/team/app';
  expect(await ask()).toEqual([]);
  write(
    { event: 'fetch', time: at(0), user: 'ann', image },
    {
      ...{ event: 'refusal', time: at(1), user: 'bob', from: '192.0.2.7', image, right: 'pull' },
      ...{ rule: 3, because: 'use „app“', id: 'a-1', count: 7 },
    },
    {
      ...{ event: 'refusal', time: at(2), image, id: 'a-2' },
      because: `${image}:v1@sha256:1 is refused: CVE-1 (high) (admission rule 2)`,
    },
    {
      ...{ event: 'refusal', time: at(3), image },
      because: `${image} blob sha256:1 is refused: it is not signed (trust rule 1)`,
    },
    { event: 'refusal', time: at(4), image: 'other.test:22', because: 'only these ports' },
  );
  writeFileSync(file, 'no record\n{"event":"refusal"}\n{"event":"refusal","time', { flag: 'a' });
  expect(await ask()).toEqual([
    {
      ...{ time: at(4), who: '', address: '', image: 'other.test:22', count: 1 },
      ...{ by: 'other', reason: 'only these ports' },
    },
    {
      ...{ time: at(3), who: '', address: '', image, count: 1 },
      ...{ by: 'trust', rule: 1, reason: 'it is not signed' },
    },
    {
      ...{ time: at(2), who: '', address: '', image, count: 1, id: 'a-2' },
      ...{ by: 'admission', rule: 2, reason: 'CVE-1 (high)' },
    },
    {
      ...{ time: at(1), who: 'bob', address: '192.0.2.7', image, count: 7, id: 'a-1' },
      ...{ right: 'pull', by: 'access', rule: 3, reason: 'use „app“' },
    },
  ]);
  expect(await ask(1)).toHaveLength(1);
  expect(await ask(100, at(3))).toHaveLength(2);
});

it('goes on in the file before it, and finds every one of many', async () => {
  const { file, write, ask } = openAudit();
  const refusals = Array.from({ length: 3000 }, (_, index): AuditEvent => {
    return { event: 'refusal', time: at(0), user: `user ${index}`, because: 'x'.repeat(200) };
  });
  write(...refusals.slice(0, 1500));
  renameSync(file, `${file}.1`);
  write(...refusals.slice(1500));
  const found = await ask(10_000);
  expect(found.map(({ who }) => who)).toEqual(refusals.map(({ user }) => user).reverse());
});

it('finds the last ones of a log in which everything else is more, and reads on from there', async () => {
  const { file, write, ask } = openAudit();
  write({ event: 'refusal', time: at(0), user: 'bob' });
  writeFileSync(file, `${'x'.repeat(20 * 1024 * 1024)}\n`, { flag: 'a' });
  expect(await ask()).toMatchObject([{ who: 'bob' }]);
  vi.mocked(open).mockClear();
  const handle = openSync(file, 'r+');
  // Without the first bytes, by which the file is known again.
  writeSync(handle, 'y'.repeat(1000), 500);
  closeSync(handle);
  write({ event: 'refusal', time: at(1), user: 'eve' });
  expect(await ask()).toMatchObject([{ who: 'eve' }, { who: 'bob' }]);
  expect(await ask(1)).toMatchObject([{ who: 'eve' }]);
  expect(open).not.toHaveBeenCalled();
});

it('keeps the newest of many, and finds older ones in the log for who asks for more', async () => {
  const { write, ask } = openAudit();
  const because = 'x'.repeat(1000);
  const refusals = Array.from({ length: 3000 }, (_, index): AuditEvent => {
    return { event: 'refusal', time: at(index), user: `user ${index}`, because };
  });
  write(...refusals);
  expect(await ask(50)).toHaveLength(50);
  vi.mocked(open).mockClear();
  expect((await ask(50)).at(-1)).toMatchObject({ who: 'user 2950' });
  expect(open).not.toHaveBeenCalled();
  expect((await ask(2000)).at(-1)).toMatchObject({ who: 'user 1000' });
  expect((await ask(10_000, at(1500))).at(-1)).toMatchObject({ who: 'user 1500' });
  // One file for the first of both questions, and both files for the second one.
  expect(open).toHaveBeenCalledTimes(3);
  vi.mocked(open).mockClear();
  // Those that are kept reach further back.
  expect(await ask(10_000, at(2900))).toHaveLength(100);
  expect(open).not.toHaveBeenCalled();
});
