import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createExporter, type SpanOutcome } from './exporter.ts';
import type { EndedSpan } from './tracer.ts';

const SPAN: EndedSpan = {
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  parentId: undefined,
  name: 'GET blob',
  kind: 'server',
  startMs: 1,
  endMs: 2,
  attributes: {},
  links: [],
  failure: undefined,
};

function stage(send: (spans: readonly EndedSpan[]) => Promise<void>) {
  const counts: Partial<Record<SpanOutcome, number>> = {};
  const said: string[] = [];
  const pauses: number[] = [];
  const exporter = createExporter({
    send,
    onOutcome: (outcome, count) => {
      counts[outcome] = (counts[outcome] ?? 0) + count;
    },
    onBroken: (error) => said.push(String(error)),
    onMended: () => said.push('mended'),
    sleep: async (ms) => {
      pauses.push(ms);
      await delay(0);
    },
  });
  const add = (count: number) => {
    for (let index = 0; index < count; index += 1) exporter.add(SPAN);
  };
  return { exporter, counts, said, pauses, add };
}

describe('the exporter', () => {
  it('sends batches of 512, one after the other', async () => {
    const sizes: number[] = [];
    let atOnce = 0;
    const { add, counts } = stage(async (spans) => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      sizes.push(spans.length);
      await delay(1);
      atOnce -= 1;
    });
    add(1200);
    await expect.poll(() => counts.sent).toBe(1200);
    expect(sizes).toEqual([512, 512, 176]);
  });

  it('drops and counts what a full queue has no place for', async () => {
    const silent = Promise.withResolvers<void>();
    const { add, counts } = stage(() => silent.promise);
    add(2048 + 100);
    expect(counts).toEqual({ dropped: 100 });
    await delay(5);
    add(1000);
    // One batch is on its way.
    expect(counts).toEqual({ dropped: 100 + 1000 - 512 });
    silent.resolve();
  });

  it('waits longer after each failure, says it once, and goes on', async () => {
    let calls = 0;
    const { add, counts, said, pauses } = stage(async () => {
      calls += 1;
      if (calls <= 8) throw new Error('no');
    });
    add(1);
    for (let count = 1; count <= 9; count += 1) {
      await expect.poll(() => calls).toBe(count);
      add(1);
    }
    await expect.poll(() => counts).toEqual({ failed: 8, sent: 2 });
    expect(said).toEqual(['Error: no', 'mended']);
    expect(pauses.slice(0, 9)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('sends the last ones at its stop, and does not wait for a silent collector', async () => {
    const { add, counts, exporter } = stage(async () => undefined);
    add(3);
    await exporter.stop(1_000);
    expect(counts).toEqual({ sent: 3 });
    const silent = stage(() => new Promise(() => undefined));
    silent.add(3);
    await silent.exporter.stop(10);
  });
});
