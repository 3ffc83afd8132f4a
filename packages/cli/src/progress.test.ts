import { describe, expect, it } from 'vitest';
import { createProgress, formatDone, type ProgressOptions } from './progress.ts';

/** What is written to standard error, with a clock of its own. */
function open(isTTY: boolean, options: Partial<ProgressOptions> = {}) {
  const written: string[] = [];
  let nowMs = 0;
  const output = { isTTY, write: (text: string) => written.push(text) };
  const progress = createProgress({ work: 'import', ...options }, { output, nowMs: () => nowMs });
  return {
    written,
    progress,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const MIB = 2 ** 20;

describe('createProgress', () => {
  it('writes a line of JSON every five seconds where there is no terminal', () => {
    const { written, progress, pass } = open(false, {
      totals: { totalBytes: 30 * MIB, totalImages: 3 },
    });
    pass(4_999);
    progress.add(MIB);
    expect(written).toEqual([]);
    pass(5_001);
    progress.tell({ doneImages: 1 });
    progress.add(9 * MIB);
    expect(written.map((line) => JSON.parse(line))).toEqual([
      {
        work: 'import',
        ...{ doneBytes: MIB, totalBytes: 30 * MIB, doneImages: 1, totalImages: 3 },
        ...{ bytesPerSecond: Math.round(MIB / 10), secondsLeft: 290 },
      },
    ]);
    expect(written[0]).toMatch(/\}\n$/);
  });

  it('rewrites one line on a terminal, at most twice a second', () => {
    const { written, progress, pass } = open(true, { totals: { totalBytes: 30 * MIB } });
    pass(1_000);
    progress.tell({ doneBytes: 10 * MIB, doneImages: 1, totalImages: 3 }, { damaged: 2 });
    pass(499);
    progress.add(MIB);
    expect(written).toEqual([
      '\r\u001b[Kimport: 1 of 3 images, 10 MiB of 30 MiB, 2 damaged, 10 MiB/s, 2 s left',
    ]);
    progress.clear();
    expect(written.at(-1)).toBe('\r\u001b[K');
  });

  it('says no time left while the total is not known', () => {
    const { written, progress, pass } = open(false);
    pass(5_000);
    progress.add(MIB);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ secondsLeft: null });
  });

  it('tells the record of the job, also where nothing is shown', () => {
    const told: object[] = [];
    const job = { update: (now: object) => void told.push(now) };
    const { written, progress, pass } = open(false, { job, isQuiet: true });
    pass(60_000);
    progress.add(5);
    progress.tell({ totalImages: 2 });
    expect(told).toEqual([{ doneBytes: 5 }, { doneBytes: 5, totalImages: 2 }]);
    expect(written).toEqual([]);
  });
});

it('counts images from the first byte on', () => {
  expect(formatDone({ doneBytes: 2048, totalImages: 5 })).toBe('0 of 5 images, 2 KiB');
  expect(formatDone({ doneBytes: 2048 })).toBe('2 KiB');
});
