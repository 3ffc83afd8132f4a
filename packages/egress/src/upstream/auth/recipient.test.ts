import { expect, test } from 'vitest';
import { upstreamAt } from '../../testing/egress-fixture.ts';
import { recipientAt, repositoryOf } from './recipient.ts';

const OWN = upstreamAt('https://a.example.com', { realms: ['auth.example.com'] });
const OTHER = upstreamAt('https://b.example.com', { id: 'b', realms: ['auth.b.example.com'] });
const AT_OTHER = new URL('https://b.example.com/v2/x/manifests/1');

test('another registry gets its own login and token services', () => {
  expect(recipientAt(OWN, () => OTHER, new URL('https://a.example.com/v2/'), 'x')).toEqual({
    origin: 'https://a.example.com',
    loginId: 'up',
    realms: ['auth.example.com'],
  });
  expect(recipientAt(OWN, () => OTHER, AT_OTHER, 'x')).toEqual({
    origin: 'https://b.example.com',
    loginId: 'b',
    realms: ['auth.b.example.com'],
  });
});

test('an upstream that clients may name gets no login of another registry', () => {
  const guarded = { ...OWN, isGuarded: true };
  expect(recipientAt(guarded, () => OTHER, AT_OTHER, 'x')).toMatchObject({
    loginId: undefined,
    realms: [],
  });
});

test.each([
  ['/v2/a/b/manifests/1', 'a/b'],
  ['/v2/a/blobs/sha256:x', 'a'],
  ['/v2/a/tags/list', 'a'],
  ['/v2/a/referrers/sha256:x', 'a'],
  ['/v2/', undefined],
  ['/bucket/v2/a/blobs/x', undefined],
  ['/token', undefined],
])('the repository of %s is %s', (path, repository) => {
  expect(repositoryOf(new URL(path, 'https://b.example.com'))).toBe(repository);
});
