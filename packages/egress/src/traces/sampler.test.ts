import type { TraceSampler } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { shouldSample } from './sampler.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const parent = (isSampled: boolean) => ({ traceId: TRACE, spanId: 'b7ad6b7169203331', isSampled });

describe('without a traceparent', () => {
  it.each<[TraceSampler, boolean]>([
    ['always_on', true],
    ['always_off', false],
    ['parentbased_always_on', true],
    ['parentbased_always_off', false],
  ])('%s: %s', (sampler, expected) => {
    expect(shouldSample({ sampler, ratio: 0.5 }, TRACE, undefined)).toBe(expected);
  });

  it('a ratio takes its part, and a larger one takes the same and more', () => {
    const ids = Array.from(
      { length: 1000 },
      (_, n) => ((n * 2 ** 56) / 1000).toString(16).split('.')[0]?.padStart(32, '0') ?? '',
    );
    const taken = (ratio: number) =>
      ids.filter((id) => shouldSample({ sampler: 'traceidratio', ratio }, id, undefined));
    expect(taken(0)).toEqual([]);
    expect(taken(1)).toHaveLength(1000);
    expect(taken(0.25).length).toBeCloseTo(250, -1);
    expect(taken(0.5)).toEqual(expect.arrayContaining(taken(0.25)));
  });
});

describe('with a traceparent', () => {
  it.each<[TraceSampler, boolean, boolean]>([
    ['parentbased_always_on', false, false],
    ['parentbased_always_off', true, true],
    ['parentbased_traceidratio', true, true],
    ['always_on', false, true],
    ['always_off', true, false],
  ])('%s, sampled by the client %s: %s', (sampler, isSampled, expected) => {
    expect(shouldSample({ sampler, ratio: 0 }, TRACE, parent(isSampled))).toBe(expected);
  });
});
