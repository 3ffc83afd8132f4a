import { expect, it } from 'vitest';
import { quoteFound } from './issue.ts';

it.each([
  [undefined, 'nothing'],
  ['10Q', '"10Q"'],
  ['a\u001bb', '"a\\u001bb"'],
  ['a\u009bb\u202ec', '"a\\u009bb\\u202ec"'],
  ['x'.repeat(80), `"${'x'.repeat(56)}…"`],
  ['https://reg.example.com/a@b', '"https://reg.example.com/a@b"'],
])('shows %j as %s', (value, shown) => {
  expect(quoteFound(value)).toBe(shown);
});

it.each([
  'https://robot:hunter2@reg.example.com',
  'https://robot:hunter2@x@reg.example.com',
  '-----BEGIN PRIVATE KEY-----\nhunter2',
])('shows no secret of %j', (value) => {
  expect(quoteFound(value)).not.toContain('hunter2');
  expect(quoteFound([value])).not.toContain('hunter2');
});
