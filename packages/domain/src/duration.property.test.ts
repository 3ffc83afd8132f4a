import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { unwrap } from './issue.ts';

fc.configureGlobal({ seed: 20_261 });

/** Text that is a duration, or nearly one. */
const durationLike = fc
  .array(fc.tuple(fc.stringMatching(/^[0-9]{0,4}$/), fc.constantFrom('d', 'h', 'm', 's', 'ms')))
  .map((parts) => parts.flat().join(''));

test('a duration is a whole number of milliseconds above zero, or text that is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), durationLike), (text) => {
      const parsed = parseDuration('TIME', text);
      expect(!parsed.ok || (Number.isSafeInteger(parsed.value) && parsed.value > 0)).toBe(true);
    }),
  );
});

test('a formatted duration reads back as the same duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (durationMs) => {
      expect(unwrap(parseDuration('TIME', formatDuration(durationMs)))).toBe(durationMs);
    }),
  );
});

test('a duration is the sum of its units', () => {
  const count = fc.option(fc.integer({ min: 1, max: 9_999 }), { nil: undefined });
  const counts = fc.record({ d: count, h: count, m: count, s: count, ms: count });
  fc.assert(
    fc.property(counts, ({ d, h, m, s, ms }) => {
      const units = [
        { unit: 'd', count: d, unitMs: 86_400_000 },
        { unit: 'h', count: h, unitMs: 3_600_000 },
        { unit: 'm', count: m, unitMs: 60_000 },
        { unit: 's', count: s, unitMs: 1_000 },
        { unit: 'ms', count: ms, unitMs: 1 },
      ].flatMap((one) => (one.count === undefined ? [] : [{ ...one, count: one.count }]));
      fc.pre(units.length > 0);
      const text = units.map((one) => `${one.count}${one.unit}`).join('');
      const sumMs = units.reduce((sum, one) => sum + one.count * one.unitMs, 0);
      expect(unwrap(parseDuration('TIME', text))).toBe(sumMs);
    }),
  );
});
