import { formatAuditLine } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { KeptRecords } from './kept-records.ts';

const lineOf = (user: string, because = '') =>
  formatAuditLine({ event: 'refusal', user, because }, 0).trimEnd();
const usersOf = (kept: KeptRecords) => [...kept.newestFirst()].map(({ user }) => user);

it('keeps the newest of an event, up to a number', () => {
  const kept = new KeptRecords('refusal', 2);
  kept.add(['broken "event":"refusal"', formatAuditLine({ event: 'fetch', user: 'other' }, 0)]);
  kept.add([lineOf('ann')]);
  expect([usersOf(kept), kept.hasDropped]).toEqual([['ann'], false]);
  kept.add([lineOf('bob'), lineOf('eve')]);
  expect([usersOf(kept), kept.hasDropped]).toEqual([['eve', 'bob'], true]);
});

it('keeps half a MiB of lines, however long they are', () => {
  const kept = new KeptRecords('refusal', 1000);
  kept.add(Array.from({ length: 600 }, (_, index) => lineOf(`${index}`, 'x'.repeat(1000))));
  const users = usersOf(kept);
  expect(users[0]).toBe('599');
  expect(users.length).toBeGreaterThan(400);
  expect(users.length).toBeLessThan(525);
  kept.add([`{"event":"refusal","because":"${'x'.repeat(600_000)}"}`]);
  expect(usersOf(kept)).toEqual([]);
  kept.add([lineOf('last')]);
  expect(usersOf(kept)).toEqual(['last']);
});
