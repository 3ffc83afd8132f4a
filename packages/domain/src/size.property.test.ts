import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSize } from './format-size.ts';
import { unwrap } from './issue.ts';
import { parseSize } from './size.ts';

fc.configureGlobal({ seed: 20_261 });

const UNITS = ['', 'B', 'K', 'Mi', 'GiB', 'T', 'kB', 'MB', 'GB', 'TB', 'PB', 'x', 'KiBi'];
/** Text that is a size, or nearly one. */
const sizeLike = fc
  .tuple(fc.stringMatching(/^[0-9.+\-e ]{0,18}$/), fc.constantFrom(...UNITS))
  .map((parts) => parts.join(''));
const bytes = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
/** The largest readable size is just below 8 PiB, and a formatted one may be rounded up. */
const shownBytes = fc.integer({ min: 1, max: 7 * 1024 ** 5 });

test('a size is a whole number of bytes above zero, or text that is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), sizeLike), (text) => {
      const parsed = parseSize('SIZE', text);
      expect(!parsed.ok || (Number.isSafeInteger(parsed.value) && parsed.value > 0)).toBe(true);
    }),
  );
});

test('a number without a unit is that many bytes', () => {
  fc.assert(
    fc.property(bytes, (count) => {
      expect(unwrap(parseSize('SIZE', String(count)))).toBe(count);
    }),
  );
});

test('a formatted size reads back with an error of at most five percent', () => {
  fc.assert(
    fc.property(shownBytes, (count) => {
      const shown = unwrap(parseSize('SIZE', formatSize(count)));
      expect(Math.abs(shown - count) / count).toBeLessThanOrEqual(0.05);
    }),
  );
});

test('capitals and blanks around a size do not matter', () => {
  const blanks = fc.stringMatching(/^ {0,3}$/);
  fc.assert(
    fc.property(sizeLike, blanks, blanks, (text, before, after) => {
      const read = (spelling: string) => {
        const parsed = parseSize('SIZE', spelling);
        return parsed.ok ? parsed.value : undefined;
      };
      const plain = read(text);
      expect(read(text.toUpperCase())).toBe(plain);
      expect(read(text.toLowerCase())).toBe(plain);
      expect(read(before + text + after)).toBe(plain);
    }),
  );
});

test('the units K, M, G and T are powers of 1024, with and without iB', () => {
  const power = fc.constantFrom(
    ...['K', 'M', 'G', 'T'].map((letter, index) => ({ letter, index })),
  );
  fc.assert(
    fc.property(power, fc.integer({ min: 1, max: 999 }), ({ letter, index }, count) => {
      const expected = count * 1024 ** (index + 1);
      expect(unwrap(parseSize('SIZE', `${count}${letter}`))).toBe(expected);
      expect(unwrap(parseSize('SIZE', `${count} ${letter}iB`))).toBe(expected);
    }),
  );
});
