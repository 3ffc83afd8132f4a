import { expect, test } from 'vitest';
import { escapeUnprintable } from './printable.ts';

test.each([
  ['an escape', '\u001b[2J', '\\u001b[2J'],
  ['a line break', 'a\r\nb', 'a\\u000d\\u000ab'],
  ['DEL', 'a\u007f', 'a\\u007f'],
  ['a C1 control', '\u009b31m', '\\u009b31m'],
  ['an override of direction', 'gpj\u202eexe', 'gpj\\u202eexe'],
  ['an isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
  ['a separator of lines', 'a\u2028b', 'a\\u2028b'],
  ['half of a pair', 'a\ud800b', 'a\\ud800b'],
  ['a tag character beyond 16 bits', '\u{e0041}', '\\udb40\\udc41'],
])('escapes %s', (_, text, escaped) => {
  expect(escapeUnprintable(text)).toBe(escaped);
});

test('leaves visible characters as they are', () => {
  const text = 'quay.io/änn – 日本 🐳 "\\';
  expect(escapeUnprintable(text)).toBe(text);
});

test('JSON keeps its meaning', () => {
  const value = { agent: '\u009b\u202e\u007f\u001b{}', user: 'änn' };
  const line = JSON.stringify(value);
  expect(JSON.parse(escapeUnprintable(line))).toEqual(value);
});
