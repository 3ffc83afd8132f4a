import { expect, test } from 'vitest';
import { chooseScheme } from './scheme.ts';

test('prefers Bearer and takes its scope', () => {
  const header =
    'Basic realm="x", Bearer realm="https://a.example.com/t",service="s",scope="repository:o/a:pull"';
  expect(chooseScheme(header, 'a')).toEqual({
    kind: 'bearer',
    realm: new URL('https://a.example.com/t'),
    service: 's',
    scope: 'repository:o/a:pull',
  });
});

test('makes the scope of a pull where the challenge has none', () => {
  expect(chooseScheme('Bearer realm="https://a/t"', 'o/a')).toMatchObject({
    scope: 'repository:o/a:pull',
    service: '',
  });
});

test.each([
  'Bearer realm="/token"',
  'Bearer service="x"',
  'Bearer realm="file:///etc/passwd"',
  'Negotiate',
  undefined,
])('finds nothing to answer in %s', (header) => {
  expect(chooseScheme(header, 'a')).toBeUndefined();
});

test('falls back to Basic beside an unusable Bearer', () => {
  expect(chooseScheme('Bearer realm="nowhere", Basic realm="x"', 'a')).toEqual({ kind: 'basic' });
});
