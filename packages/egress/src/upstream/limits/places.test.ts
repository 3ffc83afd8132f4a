import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Places, type Weight } from './places.ts';

const NEVER = new AbortController().signal;

/** Places whose `enter` notes the name once it is in. */
function noting(limits: { connections?: number; requestsPerSecond?: number }, now = () => 0) {
  const places = new Places({ connections: 0, requestsPerSecond: 0, ...limits }, now);
  const order: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = async (name: string, weight: Weight = 'small', signal = NEVER) => {
    leave.set(name, await places.enter(weight, signal));
    order.push(name);
  };
  return { places, order, enter, leave: (name: string) => leave.get(name)?.() };
}

test('exchanges enter while there are places, and then in the order in which they came', async () => {
  const { places, order, enter, leave } = noting({ connections: 2 });
  for (const name of ['a', 'b', 'c', 'd']) void enter(name);
  await setImmediate();
  expect([order, places.running, places.waiting]).toEqual([['a', 'b'], 2, 2]);
  leave('b');
  leave('b');
  await setImmediate();
  expect([order, places.running, places.waiting]).toEqual([['a', 'b', 'c'], 2, 1]);
});

test('small exchanges go before large ones, and large ones never take all places', async () => {
  const { order, enter, leave } = noting({ connections: 3 });
  for (const name of ['L1', 'L2', 'L3']) void enter(name, 'large');
  void enter('s1');
  void enter('s2');
  await setImmediate();
  expect(order).toEqual(['L1', 'L2', 's1']);
  leave('L1');
  await setImmediate();
  expect(order.at(-1)).toBe('s2');
  leave('s1');
  leave('s2');
  await setImmediate();
  expect(order.at(-1)).toBe('L3');
});

test('many small exchanges still let a large one through from time to time', async () => {
  const { order, enter, leave } = noting({ connections: 2 });
  void enter('first');
  void enter('second');
  void enter('large', 'large');
  for (let index = 0; index < 20; index += 1) void enter(`s${index}`);
  leave('first');
  leave('second');
  for (let index = 0; index < 20; index += 1) {
    await setImmediate();
    leave(order.at(-1) ?? '');
  }
  expect(order).toContain('large');
  expect(order.indexOf('large')).toBeLessThan(order.length - 5);
});

test('an exchange that leaves the queue takes no place', async () => {
  const { places, order, enter, leave } = noting({ connections: 1 });
  void enter('a');
  const gone = new AbortController();
  const waits = enter('b', 'small', gone.signal);
  void enter('c');
  gone.abort(new Error('gone'));
  await expect(waits).rejects.toThrow('gone');
  leave('a');
  await setImmediate();
  expect([order, places.running, places.waiting]).toEqual([['a', 'c'], 1, 0]);
});

test('a rate lets the requests of one second through at once, then one after the other', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const { places, order, enter } = noting({ requestsPerSecond: 4 }, () => performance.now());
    for (let index = 0; index < 10; index += 1) void enter(`r${index}`);
    await setImmediate();
    expect(order).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(500);
    expect(order).toHaveLength(6);
    // Requests that did not wait count as well.
    places.charge();
    places.charge();
    await vi.advanceTimersByTimeAsync(500);
    expect(order).toHaveLength(6);
    places.limits = { connections: 0, requestsPerSecond: 0 };
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toHaveLength(10);
  } finally {
    vi.useRealTimers();
  }
});

test('new places are used as soon as the limit is raised', async () => {
  const { places, order, enter } = noting({ connections: 1 });
  void enter('a');
  void enter('b');
  void enter('c');
  places.limits = { connections: 2, requestsPerSecond: 0 };
  await setImmediate();
  expect(order).toEqual(['a', 'b']);
});
