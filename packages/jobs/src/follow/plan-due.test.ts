import { describe, expect, it } from 'vitest';
import type { FollowedState } from './followed-state.ts';
import { chooseDue, planDueMs } from './plan-due.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const NOW = 1_000 * HOUR;
const LIST = { list: '/lists/a', everyMs: 6 * HOUR, platforms: [] };
const DONE: FollowedState = {
  ...{ list: LIST.list, everyMs: LIST.everyMs, mark: 'm', failures: 0, failuresInARow: 0 },
  ...{ startedMs: NOW - HOUR, endedMs: NOW - HOUR / 2, succeededMs: NOW - HOUR / 2 },
};

const due = (state: FollowedState | undefined, mark = 'm') => planDueMs(LIST, state, mark, NOW);

describe('a followed list is due', () => {
  it('at once if it was never begun, or was broken off', () => {
    const { endedMs: _, ...running } = DONE;
    expect([due(undefined), due(running)]).toEqual([0, 0]);
  });

  it('its time after the last beginning', () => {
    expect(due(DONE)).toBe(DONE.startedMs + 6 * HOUR);
  });

  it('at once after a change of its file, and where the clock was ahead', () => {
    expect(due(DONE, 'other')).toBe(0);
    expect(due({ ...DONE, startedMs: NOW + HOUR })).toBe(0);
  });

  it('after pauses that double with each failure, up to its time', () => {
    const after = (failuresInARow: number) =>
      (due({ ...DONE, failuresInARow }) - NOW + HOUR / 2) / MINUTE;
    expect([1, 2, 3, 9, 10, 5000].map(after)).toEqual([1, 2, 4, 256, 360, 360]);
  });
});

it('the list that has waited longest comes first', () => {
  const lists = [{ dueMs: 5 }, { dueMs: 3 }, { dueMs: 20 }];
  expect([chooseDue(lists, 10), chooseDue(lists, 1)]).toEqual([{ dueMs: 3 }, undefined]);
});
