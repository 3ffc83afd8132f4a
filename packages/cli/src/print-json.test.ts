import { expect, it } from 'vitest';
import { formatJson } from './print-json.ts';

it('writes JSON with the same meaning, and nothing that a terminal obeys', () => {
  const value = { what: '\u009b2J \u202eexe.txt \0 \u{e0001} "é"\n' };
  const text = formatJson(value);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toMatch(/^[\x20-\x7eé]+$/);
});
