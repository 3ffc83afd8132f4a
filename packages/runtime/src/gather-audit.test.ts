import type { AuditEvent } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gatherAudit } from './gather-audit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const events: AuditEvent[] = [];
  const record = (event: AuditEvent) => void events.push(event);
  const audit = gatherAudit({ record, flush: async () => undefined, lost: 0 });
  const take = () => events.splice(0).map(({ event, user, count = 1 }) => [event, user, count]);
  return { audit, take };
}

test('the first refusal is recorded at once, and the next ones with a count', () => {
  const { audit, take } = open();
  for (let times = 0; times < 1_000; times += 1) {
    audit.record({ event: 'refusal', user: 'eve', id: `${times}` });
  }
  expect(take()).toEqual([['refusal', 'eve', 1]]);
  vi.advanceTimersByTime(1_000);
  expect(take()).toEqual([['refusal', 'eve', 999]]);
  audit.record({ event: 'login-failed', user: 'ann' });
  expect(take()).toEqual([]);
  vi.advanceTimersByTime(2_000);
  audit.record({ event: 'login-failed', user: 'bob' });
  expect(take()).toEqual([
    ['login-failed', 'ann', 1],
    ['login-failed', 'bob', 1],
  ]);
});

test('a flood of different names is counted, and hides no change', () => {
  const { audit, take } = open();
  for (let index = 0; index <= 100; index += 1) {
    audit.record({ event: 'login-failed', user: `${index}` });
  }
  audit.record({ event: 'change', user: 'ann' });
  expect(take()).toEqual([
    ['login-failed', '0', 1],
    ['change', 'ann', 1],
  ]);
  vi.advanceTimersByTime(1_000);
  const gathered = take();
  expect(gathered).toHaveLength(21);
  expect(gathered.at(-1)).toEqual(['refusal', undefined, 80]);
});

test('what is gathered is recorded before a stop', async () => {
  const { audit, take } = open();
  for (const user of ['a', 'b']) audit.record({ event: 'refusal', user });
  await audit.flush();
  expect(take()).toEqual([
    ['refusal', 'a', 1],
    ['refusal', 'b', 1],
  ]);
});
