import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeUnprintable } from './printable.ts';

fc.configureGlobal({ seed: 20_261 });

/** Any text: also with controls, halves of pairs, and characters that are not assigned. */
const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
const text = fc.string({ unit });

test('text that is written out is one line, and writing it out again changes nothing', () => {
  fc.assert(
    fc.property(text, (given) => {
      const escaped = escapeUnprintable(given);
      expect(escaped).not.toMatch(/[\p{C}\u2028\u2029]/u);
      expect(escapeUnprintable(escaped)).toBe(escaped);
    }),
  );
});

test('any JSON means the same after it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: unit }), (value) => {
      const line = JSON.stringify(value);
      expect(JSON.parse(escapeUnprintable(line))).toEqual(JSON.parse(line));
    }),
  );
});
