import { expect, test } from 'vitest';
import { parseScopes, parseTokenRequest } from './token-grants.ts';

test('scopes are split at their first and last colon', () => {
  expect(
    parseScopes(['repository:host:5000/a/b:pull,push registry:catalog:*', 'repository:c:pull']),
  ).toEqual([
    { type: 'repository', name: 'host:5000/a/b', actions: ['pull', 'push'] },
    { type: 'registry', name: 'catalog', actions: ['*'] },
    { type: 'repository', name: 'c', actions: ['pull'] },
  ]);
});

test.each([
  ['GET', 'service=s', undefined, { grant: 'anonymous' }],
  ['GET', '', `Basic ${btoa('u:p:q')}`, { grant: 'basic', username: 'u', password: 'p:q' }],
  ['GET', 'offline_token=true', undefined, { grant: 'anonymous', wantsRefreshToken: true }],
  ['POST', 'grant_type=password&username=u&password=p', undefined, { grant: 'password' }],
  ['POST', 'grant_type=refresh_token&refresh_token=r', undefined, { refreshToken: 'r' }],
])('%s %s', (method, query, authorization, expected) => {
  expect(parseTokenRequest(method, new URLSearchParams(query), authorization)).toMatchObject(
    expected,
  );
});
