import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContentRange, parseLength, parseUnsatisfiedSize } from './content-range.ts';
import { isMultiRange, parseRange } from './range.ts';

fc.configureGlobal({ seed: 20_261, numRuns: 500 });

const byte = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 999_999_999_999_999 }));
const stretch = fc
  .tuple(byte, byte)
  .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) }));
/** Text that is a header about ranges, or nearly one. */
const part = (...others: string[]) =>
  fc.oneof(
    fc.stringMatching(/^[0-3]$/),
    fc.stringMatching(/^[0-9]{14,20}$/),
    fc.constantFrom('', '-1', ...others),
  );
const near = fc
  .tuple(fc.constantFrom('bytes=', 'bytes ', 'bytes  ', 'b='), part('*'), part(), part('*', '1,2'))
  .chain(([unit, first, last, total]) =>
    fc.constantFrom(
      `${unit}${first}-${last}`,
      `${unit}${first}-${last}/${total}`,
      `${unit}${first}/${total}`,
      last,
    ),
  );
const anyHeader = fc.oneof(fc.string(), near);
/** A count above 2^53 is rounded: no body is that large, and its reservation fails all the same. */
const isCount = (value: number) => Number.isInteger(value) && value >= 0;

test('a Range is read as what it was made from', () => {
  fc.assert(
    fc.property(stretch, fc.boolean(), ({ first, last }, isOpen) => {
      const asked = { first, last: isOpen ? undefined : last };
      expect(parseRange(`bytes=${first}-${asked.last ?? ''}`)).toEqual(asked);
    }),
  );
});

test('a Range that is not from one byte to a later one is left to the upstream', () => {
  fc.assert(
    fc.property(anyHeader, (header) => {
      const range = parseRange(header);
      if (range === undefined) return;
      expect(isMultiRange(header)).toBe(false);
      expect(isCount(range.first)).toBe(true);
      expect(range.last === undefined || range.last >= range.first).toBe(true);
    }),
  );
});

test('a Content-Range is read as what it was made from', () => {
  fc.assert(
    fc.property(stretch, fc.option(byte, { nil: undefined }), (part, behind) => {
      const total = behind === undefined ? undefined : part.last + 1 + behind;
      const header = `bytes ${part.first}-${part.last}/${total ?? '*'}`;
      expect(parseContentRange(header)).toEqual({ ...part, total });
    }),
  );
});

test('a Content-Range that ends where the whole does, or behind it, is refused', () => {
  fc.assert(
    fc.property(stretch, fc.nat({ max: 5 }), ({ first, last }, less) => {
      const total = Math.max(0, last - less);
      expect(parseContentRange(`bytes ${first}-${last}/${total}`)).toBeUndefined();
    }),
  );
});

test('no Content-Range goes beyond its end or holds anything but counts of bytes', () => {
  fc.assert(
    fc.property(anyHeader, (header) => {
      const range = parseContentRange(header);
      if (range === undefined) return;
      expect([range.first, range.last, range.total ?? 0].every(isCount)).toBe(true);
      expect(range.first).toBeLessThanOrEqual(range.last);
      expect(range.last).toBeLessThan(range.total ?? Number.POSITIVE_INFINITY);
    }),
  );
});

test('a size is read from a 416 and from Content-Length', () => {
  fc.assert(
    fc.property(byte, (size) => {
      expect(parseUnsatisfiedSize(`bytes */${size}`)).toBe(size);
      expect(parseLength(String(size))).toBe(size);
    }),
  );
});

test('no size is anything but a count of bytes', () => {
  fc.assert(
    fc.property(anyHeader, (header) => {
      expect(isCount(parseUnsatisfiedSize(header) ?? 0)).toBe(true);
      expect(isCount(parseLength(header) ?? 0)).toBe(true);
    }),
  );
});
