import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';

const bearer = (params: Record<string, string>) => [{ scheme: 'bearer', params }];

test.each([
  [
    'a plain Bearer',
    'Bearer realm="https://a.example.com/token",service="reg"',
    bearer({ realm: 'https://a.example.com/token', service: 'reg' }),
  ],
  [
    'commas and equal signs in quotes',
    'Bearer realm="https://a/t",scope="repository:a:pull,push repository:b=c:pull"',
    bearer({ realm: 'https://a/t', scope: 'repository:a:pull,push repository:b=c:pull' }),
  ],
  [
    'escapes in quotes',
    String.raw`Bearer realm="say \"hi\", \\ you"`,
    bearer({ realm: String.raw`say "hi", \ you` }),
  ],
  [
    'odd case and spacing',
    'bEARER  Realm = "x" ,  SERVICE=y',
    bearer({ realm: 'x', service: 'y' }),
  ],
  ['empty elements', ',, Bearer realm="x",,service="y",', bearer({ realm: 'x', service: 'y' })],
  ['an empty value', 'Bearer realm="x",scope=""', bearer({ realm: 'x', scope: '' })],
  ['a doubled parameter: the first counts', 'Bearer realm="x",realm="y"', bearer({ realm: 'x' })],
  [
    'a parameter named like a prototype member',
    'Bearer __proto__="x"',
    [{ scheme: 'bearer', params: JSON.parse('{"__proto__":"x"}') }],
  ],
  ['no parameters', 'Basic', [{ scheme: 'basic', params: {} }]],
  [
    'an unfinished quote: what came before counts',
    'Bearer realm="x",service="y',
    bearer({ realm: 'x' }),
  ],
  ['nonsense', '=="', []],
  ['nothing', '', []],
])('reads %s', (_name, header, expected) => {
  const found = parseChallenges(header).map(({ scheme, params }) => ({
    scheme,
    params: { ...params },
  }));
  expect(found).toEqual(expected);
});

test('separates several challenges on one line and on several lines', () => {
  const header = [
    'Negotiate, Basic realm="a, Bearer realm=b", Bearer realm="c",service="d"',
    'Digest abc==, Basic',
  ];
  expect(parseChallenges(header).map(({ scheme, params }) => [scheme, { ...params }])).toEqual([
    ['negotiate', {}],
    ['basic', { realm: 'a, Bearer realm=b' }],
    ['bearer', { realm: 'c', service: 'd' }],
    ['digest', {}],
    ['basic', {}],
  ]);
});

test('reads hostile lengths without slowing down', () => {
  const header = `Bearer realm="${'\\"'.repeat(50_000)}", ${'x'.repeat(50_000)} ${','.repeat(50_000)}`;
  expect(parseChallenges(header)[0]?.params.realm).toHaveLength(50_000);
});
