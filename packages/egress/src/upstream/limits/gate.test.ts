import { setImmediate } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { Admission, type Weight } from './admission.ts';

const NEVER = new AbortController().signal;

/** Enters, and notes the name when it is in. */
function openGate(bounds: { connections?: number; requestsPerSecond?: number }, now = () => 0) {
  const gate = new Admission({ connections: 0, requestsPerSecond: 0, ...bounds }, now);
  const order: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = async (name: string, weight: Weight = 'small', signal = NEVER) => {
    leave.set(name, await gate.enter(weight, signal));
    order.push(name);
  };
  return { gate, order, enter, leave: (name: string) => leave.get(name)?.() };
}

test('lets in as many as there are places, then in the order they came', async () => {
  const { gate, order, enter, leave } = openGate({ connections: 2 });
  for (const name of ['a', 'b', 'c', 'd']) void enter(name);
  await setImmediate();
  expect([order, gate.running, gate.waiting]).toEqual([['a', 'b'], 2, 2]);
  leave('b');
  leave('b');
  await setImmediate();
  expect([order, gate.running, gate.waiting]).toEqual([['a', 'b', 'c'], 2, 1]);
});

test('small ones go before large ones, which never take all places', async () => {
  const { order, enter, leave } = openGate({ connections: 3 });
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

test('a storm of small ones lets a large one through now and then', async () => {
  const { order, enter, leave } = openGate({ connections: 2 });
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

test('who leaves the queue takes no place', async () => {
  const { gate, order, enter, leave } = openGate({ connections: 1 });
  void enter('a');
  const gone = new AbortController();
  const waits = enter('b', 'small', gone.signal);
  void enter('c');
  gone.abort(new Error('gone'));
  await expect(waits).rejects.toThrow('gone');
  leave('a');
  await setImmediate();
  expect([order, gate.running, gate.waiting]).toEqual([['a', 'c'], 1, 0]);
});

test('a rate lets a second’s worth through at once, then one after the other', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const { gate, order, enter } = openGate({ requestsPerSecond: 4 }, () => performance.now());
    for (let index = 0; index < 10; index += 1) void enter(`r${index}`);
    await setImmediate();
    expect(order).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(500);
    expect(order).toHaveLength(6);
    // What was sent beside the gate counts as well.
    gate.charge();
    gate.charge();
    await vi.advanceTimersByTimeAsync(500);
    expect(order).toHaveLength(6);
    gate.bounds = { connections: 0, requestsPerSecond: 0 };
    await vi.advanceTimersByTimeAsync(0);
    expect(order).toHaveLength(10);
  } finally {
    vi.useRealTimers();
  }
});

test('more places are used at once', async () => {
  const { gate, order, enter } = openGate({ connections: 1 });
  void enter('a');
  void enter('b');
  void enter('c');
  gate.bounds = { connections: 2, requestsPerSecond: 0 };
  await setImmediate();
  expect(order).toEqual(['a', 'b']);
});
