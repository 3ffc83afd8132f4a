import { expect, test } from 'vitest';
import { until } from './until.ts';

test('it asks until there is an answer', async () => {
  const answers = [undefined, false, 0];
  expect(await until('a number', () => answers.shift(), { intervalMs: 1 })).toBe(0);
});

test('at the end it says what was waited for, and why it was not', async () => {
  const ask = () => {
    throw new Error('not yet');
  };
  const waiting = until('the end', ask, { timeoutMs: 5, intervalMs: 1 });
  await expect(waiting).rejects.toThrow('not within 5 ms: the end');
  await expect(waiting).rejects.toMatchObject({ cause: { message: 'not yet' } });
});
