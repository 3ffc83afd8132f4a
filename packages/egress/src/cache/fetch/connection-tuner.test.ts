import { expect, test } from 'vitest';
import { ConnectionTuner } from './connection-tuner.ts';

/** Bytes per millisecond by number of connections, and how many are found to be worth it. */
test.each([
  ['each connection is limited', (count: number) => count * 10, 4],
  ['the source is limited in all', () => 10, 1],
  ['two bring all there is', (count: number) => Math.min(count * 10, 20), 2],
  ['the last brings a little', (count: number) => [0, 10, 20, 30, 32][count] ?? 0, 3],
])('%s', (_name, rate, expected) => {
  const tuner = new ConnectionTuner(4);
  let bytes = 0;
  let known = 0;
  for (let nowMs = 0; nowMs < 3000; nowMs += 10) {
    if (tuner.connections > known) tuner.begin(nowMs, bytes);
    known = tuner.connections;
    bytes += rate(tuner.connections) * 10;
    tuner.sample(nowMs, bytes);
  }
  expect([tuner.connections, tuner.isTrying]).toEqual([expected, false]);
});

test('never goes beyond what is allowed', () => {
  const tuner = new ConnectionTuner(1);
  tuner.begin(0, 0);
  tuner.sample(1000, 1_000_000);
  expect([tuner.connections, tuner.isTrying]).toEqual([1, false]);
});
