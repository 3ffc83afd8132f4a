import { expect, test } from 'vitest';
import { parseHtpasswd } from './htpasswd.ts';

const HASH = `$2y$05$${'a'.repeat(53)}`;
const OTHER = `$2b$10$${'b'.repeat(53)}`;

test('reads users and hashes, in any bcrypt variant', () => {
  const text = `ann:${HASH}\nbjörn dæhlie:${OTHER}\ncleo:${HASH.replace('$2y', '$2a')}\n`;
  expect([...(parseHtpasswd(text) ?? [])].map(([user]) => user)).toEqual([
    'ann',
    'björn dæhlie',
    'cleo',
  ]);
  expect(parseHtpasswd(text)?.get('ann')).toBe(HASH);
});

test('takes the last of two lines for one user', () => {
  expect(parseHtpasswd(`ann:${HASH}\nann:${OTHER}\n`)?.get('ann')).toBe(OTHER);
});

test.each([
  ['nothing', ''],
  ['only blank lines', '\n\n'],
  ['an MD5 hash', 'ann:$apr1$x$y\n'],
  ['a hash that was cut', `ann:${HASH.slice(0, -1)}\n`],
  ['a good line before a bad one', `ann:${HASH}\nbob\n`],
  ['no user name', `:${HASH}\n`],
])('gives nothing for %s', (_, text) => {
  expect(parseHtpasswd(text)).toBeUndefined();
});

test('a name that every object has as a property is not a user', () => {
  expect(parseHtpasswd(`ann:${HASH}\n`)?.has('__proto__')).toBe(false);
});
