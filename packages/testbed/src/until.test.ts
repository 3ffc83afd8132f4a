import { expect, test } from 'vitest';
import { until } from './until.ts';

test('until asks until it gets a result', async () => {
  const answers = [undefined, false, 0];
  expect(await until('a number', () => answers.shift(), { intervalMs: 1 })).toBe(0);
});

test('the error names the condition, and the last failure as its cause', async () => {
  const ask = () => {
    throw new Error('not yet');
  };
  const waiting = until('the end', ask, { timeoutMs: 5, intervalMs: 1 });
  await expect(waiting).rejects.toThrow('not within 5 ms: the end');
  await expect(waiting).rejects.toMatchObject({ cause: { message: 'not yet' } });
});
