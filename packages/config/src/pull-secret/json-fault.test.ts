import { expect, test } from 'vitest';
import { findJsonFault } from './json-fault.ts';

const LONG = `  "quay.io": {"auth": "${'x'.repeat(5_000)}"},\n`.repeat(20);

test.each<[string, string, number, number]>([
  ['a comma too many in an object', '{\n  "a": {},\n}', 3, 1],
  ['a comma too many in a list', '{\n  "a": [1,\n  ]}', 3, 3],
  ['a comma too few', '{\n  "a": {}\n  "b": {}\n}', 3, 3],
  ['a colon too few', '{\n  "a" {}\n}', 2, 7],
  ['other quotes', "{\n  'a': {}\n}", 2, 3],
  ['other quotes of a value', '{\n  "a": \'x\'\n}', 2, 8],
  ['quotes of a word processor', '{\n  \u201ca\u201d: {}\n}', 2, 3],
  ['a value without quotes', '{\n  "a": x\n}', 2, 8],
  ['a template that was not filled in', '{\n  "a": {{ .Values.a }}\n}', 2, 9],
  ['a comment', '// logins\n{}', 1, 1],
  ['a line break in a value', '{\n  "a": "b\nc"}', 2, 10],
  ['a backslash that escapes nothing', String.raw`{"a": "C:\x"}`, 1, 11],
  ['a brace too many', '{\n  "a": {}}\n}\n', 3, 1],
  ['more after its end', '{}\n{}', 2, 1],
  ['an end too early', '{\n  "a": {"auth": \n', 2, 16],
  ['an end within quotes', '{\n  "a', 2, 5],
  ['nothing', '', 1, 1],
  ['a fault far down', `{\n${LONG}  "a": tru,\n}`, 22, 11],
])('%s is found', (_what, text, line, column) => {
  expect(findJsonFault(text)).toEqual({ line, column });
});
