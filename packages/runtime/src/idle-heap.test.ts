import { expect, it } from 'vitest';
import { createIdleHeap } from './idle-heap.ts';

it('gives memory back once each time the process becomes idle', () => {
  let times = 0;
  const heap = createIdleHeap(() => {
    times += 1;
  });
  const seen = [500, 520, 530, 540, 900, 910, 920].map((usedCpuMs) => {
    heap.look(usedCpuMs);
    return times;
  });
  expect(seen).toEqual([0, 1, 1, 1, 1, 2, 2]);
});
