import { expect, test } from 'vitest';
import { Climb } from './connection-tuner.ts';

/** Bytes per millisecond by number of connections, and how many are found to be worth it. */
test.each([
  ['each connection is limited', (count: number) => count * 10, 4],
  ['the source is limited in all', () => 10, 1],
  ['two bring all there is', (count: number) => Math.min(count * 10, 20), 2],
  ['the last brings a little', (count: number) => [0, 10, 20, 30, 32][count] ?? 0, 3],
])('%s', (_name, rate, expected) => {
  const climb = new Climb(4);
  let bytes = 0;
  let known = 0;
  for (let nowMs = 0; nowMs < 3000; nowMs += 10) {
    if (climb.connections > known) climb.begin(nowMs, bytes);
    known = climb.connections;
    bytes += rate(climb.connections) * 10;
    climb.sample(nowMs, bytes);
  }
  expect([climb.connections, climb.isTrying]).toEqual([expected, false]);
});

test('never goes beyond what is allowed', () => {
  const climb = new Climb(1);
  climb.begin(0, 0);
  climb.sample(1000, 1_000_000);
  expect([climb.connections, climb.isTrying]).toEqual([1, false]);
});
