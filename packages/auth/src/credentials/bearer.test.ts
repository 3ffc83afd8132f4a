import { expect, it } from 'vitest';
import { parseBearer } from './bearer.ts';

it.each([
  ['Bearer a.b-c_d', 'a.b-c_d'],
  ['bearer  abc== ', 'abc=='],
])('%j has a token', (header, token) => {
  expect(parseBearer(header)).toBe(token);
});

it.each([undefined, '', 'Bearer', 'Bearer a b', 'Bearer "a"', 'Basic YTpi'])(
  '%j has none',
  (header) => {
    expect(parseBearer(header)).toBeUndefined();
  },
);
