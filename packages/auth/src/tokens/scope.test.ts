import { expect, test } from 'vitest';
import { grantScopes } from './scope.ts';

function namesOf(...scopes: string[]): string[] {
  return grantScopes(scopes).map((access) => access.name);
}

test('grants pull and nothing else', () => {
  expect(grantScopes(['repository:quay.io/podman/hello:pull,push'])).toEqual([
    { type: 'repository', name: 'quay.io/podman/hello', actions: ['pull'] },
  ]);
  expect(namesOf('repository:a/b:push', 'repository:a/c:delete,pull', 'repository:a/d:*')).toEqual([
    'a/c',
    'a/d',
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
  expect(grantScopes([scope])).toEqual([]);
});

test('keeps the token short, however many scopes a client asks for', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => `repository:a${index}:pull`);
  expect(grantScopes([many.join(' ')])).toHaveLength(16);
});
