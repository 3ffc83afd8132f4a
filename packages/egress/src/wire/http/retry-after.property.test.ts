import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatRetryAfter, parseRetryAfter } from './retry-after.ts';

fc.configureGlobal({ seed: 20_261 });

const nowMs = fc.integer({ min: 0, max: Date.UTC(2100, 0) });

test('a pause is never negative, whatever the header says', () => {
  const near = fc.string({ unit: fc.constantFrom('0', '9', ' ', '-', '+', 'e', '.', ':', 'GMT') });
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), nowMs, (header, now) => {
      expect(parseRetryAfter(header, now) ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a pause that is written as a header reads back as at most one second more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 86_400_000 }), nowMs, (pauseMs, now) => {
      const readMs = parseRetryAfter(formatRetryAfter(pauseMs), now) ?? Number.NaN;
      expect(readMs).toBeGreaterThanOrEqual(pauseMs);
      expect(readMs - pauseMs).toBeLessThanOrEqual(1_000);
    }),
  );
});

test('a date asks for the time until then', () => {
  const seconds = fc.integer({ min: 0, max: 86_400 });
  fc.assert(
    fc.property(nowMs, seconds, (now, pauseS) => {
      const wholeNow = Math.floor(now / 1000) * 1000;
      const header = new Date(wholeNow + pauseS * 1000).toUTCString();
      expect(parseRetryAfter(header, wholeNow)).toBe(pauseS * 1000);
    }),
  );
});
