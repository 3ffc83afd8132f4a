import { expect, it } from 'vitest';
import { measureJson } from './measured-json.ts';

it.each([
  ['{}', { values: 2, longest: 1, depth: 1 }],
  ['[1,2,[3,4,5]]', { values: 7, longest: 3, depth: 2 }],
  ['{"a,[{":"\\"],","b":[]}', { values: 4, longest: 2, depth: 2 }],
  ['[[[1', { values: 4, longest: 1, depth: 3 }],
])('counts what is in %s', (text, expected) => {
  expect(measureJson(Buffer.from(text))).toEqual(expected);
});
