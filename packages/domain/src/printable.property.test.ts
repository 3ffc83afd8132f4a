import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeUnprintable } from './printable.ts';

fc.configureGlobal({ seed: 20_261 });

/** Any text, also with control characters, lone surrogates and unassigned characters. */
const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
const text = fc.string({ unit });

test('escaped text is one line, and escaping it again changes nothing', () => {
  fc.assert(
    fc.property(text, (given) => {
      const escaped = escapeUnprintable(given);
      expect(escaped).not.toMatch(/[\p{C}\u2028\u2029]/u);
      expect(escapeUnprintable(escaped)).toBe(escaped);
    }),
  );
});

test('any JSON keeps its meaning', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: unit }), (value) => {
      const line = JSON.stringify(value);
      expect(JSON.parse(escapeUnprintable(line))).toEqual(JSON.parse(line));
    }),
  );
});
