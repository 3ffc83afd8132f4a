import { expect, test } from 'vitest';
import { ConnectionTuner } from './connection-tuner.ts';

/** The rate in bytes per millisecond by number of connections, and the number that is found. */
test.each([
  ['the source limits each connection', (count: number) => count * 10, 4],
  ['the source limits all connections together', () => 10, 1],
  ['two connections reach the full rate', (count: number) => Math.min(count * 10, 20), 2],
  ['the last connection helps a little', (count: number) => [0, 10, 20, 30, 32][count] ?? 0, 3],
])('finds the number of connections that help where %s', (_name, rate, expected) => {
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

test('never uses more connections than allowed', () => {
  const tuner = new ConnectionTuner(1);
  tuner.begin(0, 0);
  tuner.sample(1000, 1_000_000);
  expect([tuner.connections, tuner.isTrying]).toEqual([1, false]);
});
