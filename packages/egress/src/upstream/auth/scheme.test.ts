import { expect, test } from 'vitest';
import { chooseScheme } from './scheme.ts';

test('prefers Bearer to Basic', () => {
  const header = 'Basic realm="x", Bearer realm="https://a.example.com/t",service="s"';
  expect(chooseScheme(header, 'o/a')).toEqual({
    kind: 'bearer',
    realm: new URL('https://a.example.com/t'),
    service: 's',
    scope: 'repository:o/a:pull',
  });
});

test.each([
  'realm="https://a/t"',
  'realm="https://a/t",scope="repository:o/a:pull,push"',
  'realm="https://a/t",scope="repository:other/secret:pull"',
  'realm="https://a/t",scope="registry:catalog:*"',
  'realm="https://a/t?scope=repository:other/secret:pull&account=root"',
  'realm="https://root:pw@a/t#x"',
])('asks for a pull of the requested repository only, even if the challenge is %s', (params) => {
  const scheme = chooseScheme(`Bearer ${params}`, 'o/a');
  expect(scheme).toMatchObject({ scope: 'repository:o/a:pull', service: '' });
  expect(scheme?.kind === 'bearer' && scheme.realm.href).toBe('https://a/t');
});

test('keeps other parameters in the query of the realm', () => {
  const scheme = chooseScheme('Bearer realm="https://a/t?offline_token=true"', 'o/a');
  expect(scheme?.kind === 'bearer' && scheme.realm.search).toBe('?offline_token=true');
});

test.each([
  'Bearer realm="/token"',
  'Bearer service="x"',
  'Bearer realm="file:///etc/passwd"',
  'Negotiate',
  undefined,
])('finds no usable scheme in %s', (header) => {
  expect(chooseScheme(header, 'a')).toBeUndefined();
});

test('falls back to Basic if Bearer is unusable', () => {
  expect(chooseScheme('Bearer realm="nowhere", Basic realm="x"', 'a')).toEqual({ kind: 'basic' });
});
