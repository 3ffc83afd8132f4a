import { expect, test } from 'vitest';
import { grantScopes } from './scope.ts';

const PULL = (_name: string, right: string) => right === 'pull';

function namesOf(...scopes: string[]): string[] {
  return grantScopes(scopes, PULL).map((access) => access.name);
}

test('grants what is allowed and nothing else', () => {
  expect(grantScopes(['repository:quay.io/podman/hello:pull,push'], PULL)).toEqual([
    { type: 'repository', name: 'quay.io/podman/hello', actions: ['pull'] },
  ]);
  expect(namesOf('repository:a/b:push', 'repository:a/c:delete,pull', 'repository:a/d:*')).toEqual([
    'a/c',
    'a/d',
  ]);
});

test('decides each right by the name that the client uses', () => {
  const mayDo = (name: string, right: string) => name === 'quay.io/own' || right === 'pull';
  const scopes = ['repository:quay.io/own:push,pull', 'repository:quay.io/other:*'];
  expect(grantScopes(scopes, mayDo).map(({ actions }) => actions)).toEqual([
    ['pull', 'push'],
    ['pull'],
  ]);
});

test('takes several scopes, as parameters or with spaces', () => {
  expect(namesOf('repository:a:pull repository:b:pull', 'repository:c:pull')).toEqual([
    'a',
    'b',
    'c',
  ]);
});

test('a name may hold a port', () => {
  expect(namesOf('repository:reg.example.com:5000/app:pull')).toEqual(['reg.example.com:5000/app']);
});

test.each([
  ['nothing', ''],
  ['another type', 'registry:catalog:*'],
  ['too few parts', 'repository:a'],
  ['quotes', 'repository:a"b:pull'],
  ['a name without end', `repository:${'a'.repeat(400)}:pull`],
])('leaves out %s', (_, scope) => {
  expect(grantScopes([scope], () => true)).toEqual([]);
});

test('keeps the token short, however many scopes a client asks for', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => `repository:a${index}:pull`);
  expect(grantScopes([many.join(' ')], PULL)).toHaveLength(16);
});
