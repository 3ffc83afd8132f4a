import { expect, test } from 'vitest';
import { readTokenEnd } from './token-end.ts';

const jwt = (claims: unknown) =>
  ['{}', JSON.stringify(claims), 'sig']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

test('reads the end of a JSON Web Token', () => {
  expect(readTokenEnd(jwt({ exp: 1_700_000_000 }))).toBe(1_700_000_000_000);
});

test.each([
  ['a password', 'hunter2'],
  ['a token without an end', jwt({ sub: 'me' })],
  ['an end that is no number', jwt({ exp: 'soon' })],
  ['a payload that is no object', jwt(null)],
  ['dots without JSON between them', 'dckr.pat.x'],
])('knows no end of %s', (_, token) => {
  expect(readTokenEnd(token)).toBeUndefined();
});
