import { expect, test } from 'vitest';
import { parseScannerTokens } from './scanner-tokens.ts';

const ASK = 'http://scanner/admit';
const rule = (token?: string, ask = ASK) => ({ images: ['**'], ask, ...(token && { token }) });
const parse = (rules: ReturnType<typeof rule>[], files: Record<string, string>) =>
  parseScannerTokens('/policy', rules, new Map(Object.entries(files)));

test('a token is read for the URL that gets it, without its line end', () => {
  const parsed = parse([rule(), rule('/t'), rule('/t'), rule('/u', 'http://b/')], {
    '/t': 's3cret\n',
    '/u': 'other',
  });
  const tokens = parsed.ok ? [...parsed.value].map(([url, token]) => [url, token.reveal()]) : [];
  expect(tokens).toEqual([
    [ASK, 's3cret'],
    ['http://b/', 'other'],
  ]);
});

test.each([[''], ['two words'], ['two\nlines'], ['s3cret\u00e9']])(
  '%j is no token, and is not quoted',
  (text) => {
    const parsed = parse([rule('/t')], { '/t': text });
    expect(parsed).toMatchObject({ ok: false, issues: [{ path: '/policy admission[0].token' }] });
    expect(JSON.stringify(parsed)).not.toContain('s3cret');
  },
);

test('one URL has one token', () => {
  const parsed = parse([rule('/t'), rule('/u')], { '/t': 'one', '/u': 'two' });
  expect(parsed).toMatchObject({ ok: false, issues: [{ path: '/policy admission[1].token' }] });
});

test('a file that could not be read has its issue already', () => {
  expect(parse([rule('/t')], {})).toMatchObject({ ok: true });
});
