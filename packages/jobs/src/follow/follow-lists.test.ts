import type { FollowedList } from '@registry-cache/domain';
import { expect, it, onTestFinished } from 'vitest';
import { followLists } from './follow-lists.ts';
import type { FollowedState } from './followed-state.ts';
import type { ListRun } from './run-list.ts';

const listOf = (list: string): FollowedList => ({ list, everyMs: 3_600_000, platforms: [] });
const GOOD: ListRun = { error: undefined, totals: { images: 1 } };

interface Started {
  readonly list: string;
  readonly signal: AbortSignal;
  readonly end: (run: ListRun) => void;
}

/** Follows lists whose runs end when the test says so. */
function follow(names: readonly string[], known: readonly FollowedState[] = []) {
  const stop = new AbortController();
  const world = {
    lists: names.map(listOf),
    marks: new Map<string, string>(),
    isReady: true,
    nowMs: 1_000_000_000,
    started: [] as Started[],
    kept: [] as readonly FollowedState[],
    stop: () => stop.abort(),
  };
  const following = followLists({
    lists: async () => world.lists,
    markOf: async (list) => world.marks.get(list) ?? 'first',
    isReady: () => world.isReady,
    run: (one, signal) =>
      new Promise((end) => {
        world.started.push({ list: one.list, signal, end });
        signal.addEventListener('abort', () => end({ error: 'ended', totals: undefined }));
      }),
    known,
    keep: async (states) => {
      world.kept = states;
    },
    onEnd: () => undefined,
    signal: stop.signal,
    now: () => world.nowMs,
    lookEveryMs: 2,
  });
  onTestFinished(async () => {
    stop.abort();
    await following;
  });
  return world;
}

it('warms by one list at a time, and by each again when it is due', async () => {
  const world = follow(['/a', '/b']);
  await expect.poll(() => world.started.map(({ list }) => list)).toEqual(['/a']);
  world.started[0]?.end(GOOD);
  await expect.poll(() => world.started.map(({ list }) => list)).toEqual(['/a', '/b']);
  world.started[1]?.end(GOOD);
  await expect
    .poll(() => world.kept.map(({ succeededMs }) => succeededMs))
    .toEqual([world.nowMs, world.nowMs]);
  expect(world.kept[0]?.nextMs).toBe(world.nowMs + 3_600_000);
  world.nowMs += 3_600_000;
  await expect.poll(() => world.started.length).toBe(3);
});

it('tries again after a failure, keeps the last success, and comes at once for a changed list', async () => {
  const world = follow(['/a']);
  await expect.poll(() => world.started.length).toBe(1);
  const succeededMs = world.nowMs;
  world.started[0]?.end(GOOD);
  await expect.poll(() => world.kept[0]?.succeededMs).toBe(succeededMs);
  world.marks.set('/a', 'second');
  await expect.poll(() => world.started.length).toBe(2);
  world.started[1]?.end({ error: 'it is gone', totals: undefined });
  await expect
    .poll(() => world.kept[0])
    .toMatchObject({
      ...{ error: 'it is gone', failures: 1, failuresInARow: 1, succeededMs },
      nextMs: world.nowMs + 60_000,
    });
  world.nowMs += 60_000;
  await expect.poll(() => world.started.length).toBe(3);
  world.started[2]?.end(GOOD);
  await expect.poll(() => world.kept[0]).toMatchObject({ failures: 1, failuresInARow: 0 });
  expect(world.kept[0]?.error).toBeUndefined();
});

it('goes on at once with a list whose run was broken off, as soon as images can be asked for', async () => {
  const known = { list: '/a', everyMs: 3_600_000, mark: 'first', startedMs: 999_999_000 };
  const world = follow(['/a'], [{ ...known, failures: 0, failuresInARow: 0 }]);
  world.isReady = false;
  await new Promise((resolve) => setTimeout(resolve, 20));
  // The first look may have been before the line above.
  expect(world.started.length).toBeLessThanOrEqual(1);
  world.isReady = true;
  await expect.poll(() => world.started.map(({ list }) => list)).toEqual(['/a']);
});

it('ends a run whose list is not followed any more, and forgets the list', async () => {
  const world = follow(['/a']);
  await expect.poll(() => world.started.length).toBe(1);
  world.lists = [listOf('/b')];
  await expect.poll(() => world.started[0]?.signal.aborted).toBe(true);
  await expect.poll(() => world.started.map(({ list }) => list)).toEqual(['/a', '/b']);
  expect(world.kept.map(({ list }) => list)).toEqual(['/b']);
});

it('leaves a run as broken off when the appliance stops', async () => {
  const world = follow(['/a']);
  await expect.poll(() => world.started.length).toBe(1);
  world.stop();
  await expect.poll(() => world.started[0]?.signal.aborted).toBe(true);
  expect(world.kept[0]).not.toHaveProperty('endedMs');
});
