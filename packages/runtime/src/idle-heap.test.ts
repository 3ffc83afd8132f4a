import { expect, it } from 'vitest';
import { createIdleHeap } from './idle-heap.ts';

const KIB = 1024;

/** How often memory was given back after each look. Giving back frees 100 KiB, and takes 30 ms. */
function look(looks: readonly (readonly [workedMs: number, grownBytes: number])[]): number[] {
  let times = 0;
  let usedMs = 0;
  let held = 0;
  const heap = createIdleHeap({
    giveBack: () => {
      times += 1;
      usedMs += 30;
      held -= 100 * KIB;
    },
    usedCpuMs: () => usedMs,
    heldBytes: () => held,
  });
  return looks.map(([workedMs, grownBytes]) => {
    usedMs += workedMs;
    held += grownBytes;
    heap.look();
    return times;
  });
}

it('gives memory back once each time the process becomes idle', () => {
  const looks = [500, 20, 80, 10, 360, 10, 10].map((workedMs) => [workedMs, 0] as const);
  expect(look(looks)).toEqual([0, 1, 1, 1, 1, 2, 2]);
});

it('gives memory back that little work has gathered in a long time', () => {
  const looks = [5000, 500, 523, 1, 1000, 23, 1].map((grown) => [80, grown * KIB] as const);
  expect(look(looks)).toEqual([1, 1, 1, 2, 2, 2, 3]);
});

it('gives nothing back while the process is busy', () => {
  expect(look([1, 2, 3].map(() => [1000, 10_000 * KIB]))).toEqual([0, 0, 0]);
});
