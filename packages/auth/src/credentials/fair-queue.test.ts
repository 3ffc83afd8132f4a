import { expect, test } from 'vitest';
import { createFairQueue, QueueFullError } from './fair-queue.ts';

const WIDE = { waitingPerClient: 100, waiting: 100 };

test('takes clients in turn, one job at a time', async () => {
  const queue = createFairQueue(WIDE);
  const order: string[] = [];
  let running = 0;
  const job = (name: string) => async () => {
    running += 1;
    expect(running).toBe(1);
    await Promise.resolve();
    order.push(name);
    running -= 1;
  };
  await Promise.all([
    ...['a1', 'a2', 'a3', 'a4'].map((name) => queue.run('a', job(name))),
    ...['b1', 'b2'].map((name) => queue.run('b', job(name))),
    queue.run('c', job('c1')),
  ]);
  expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

test('gives each caller its own result or failure, and goes on', async () => {
  const queue = createFairQueue(WIDE);
  const results = await Promise.allSettled([
    queue.run('a', async () => 1),
    queue.run('a', async () => Promise.reject(new Error('mine'))),
    queue.run('a', () => {
      throw new Error('at once');
    }),
    queue.run('a', async () => 4),
  ]);
  expect(
    results.map((result) => ('value' in result ? result.value : String(result.reason))),
  ).toEqual([1, 'Error: mine', 'Error: at once', 4]);
});

test('refuses what is too much for one client, and for all', async () => {
  const queue = createFairQueue({ waitingPerClient: 2, waiting: 3 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const running = queue.run('a', () => promise);
  const waiting = [queue.run('a', async () => {}), queue.run('a', async () => {})];
  await expect(queue.run('a', async () => {})).rejects.toThrow(QueueFullError);
  waiting.push(queue.run('b', async () => {}));
  await expect(queue.run('c', async () => {})).rejects.toThrow(QueueFullError);
  resolve();
  await Promise.all([running, ...waiting]);
  await expect(queue.run('c', async () => 'again')).resolves.toBe('again');
});
