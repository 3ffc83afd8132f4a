import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpClient, type HttpClient } from '../http-client.ts';
import { startTokenService, type TokenService } from './token-service.ts';

const stack = new AsyncDisposableStack();
const QUERY = '/token?service=testbed&scope=repository:app:pull&offline_token=true';
let service: TokenService;
let anyone: HttpClient;
let alice: HttpClient;

beforeAll(async () => {
  service = stack.use(await startTokenService({ passwords: { alice: 'a' }, keyReference: 'kid' }));
  anyone = stack.use(createHttpClient(service));
  const credentials = { username: 'alice', password: 'a' };
  alice = stack.use(createHttpClient({ url: service.url, credentials }));
});
afterAll(() => stack.disposeAsync());

interface Answer {
  token?: string;
  access_token?: string;
  refresh_token: string;
  expires_in: number;
}

test('a token has its user, permissions, audience and lifetime', async () => {
  service.policy.expiresInSeconds = 60;
  const { token = '', expires_in } = (await alice.get(QUERY)).json() as Answer;
  const keys = createLocalJWKSet(service.trust.jwks as JSONWebKeySet);
  const { issuer, service: audience } = service.trust;
  const { payload } = await jwtVerify(token, keys, { issuer, audience });
  expect(payload.sub).toBe('alice');
  expect(payload.access).toEqual([{ type: 'repository', name: 'app', actions: ['pull'] }]);
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(expires_in);
});

test('passwords and anonymous access can change at run time, and every request is counted', async () => {
  service.requests.length = 0;
  service.policy.passwords.set('alice', 'new');
  expect((await alice.get(QUERY)).status).toBe(401);
  service.policy.passwords.set('alice', 'a');
  expect((await anyone.get(QUERY)).status).toBe(200);
  service.policy.anonymous = false;
  expect((await anyone.get(QUERY)).status).toBe(401);
  expect(service.requests.map(({ grant, status }) => `${grant} ${status}`)).toEqual([
    'basic 401',
    'anonymous 200',
    'anonymous 401',
  ]);
});

test('a refresh token gives tokens until it is revoked, in the configured field', async () => {
  service.policy.field = 'access_token';
  const { refresh_token } = (await alice.get(QUERY)).json() as Answer;
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token }).toString();
  const answer = (await anyone.request('POST', '/token', { body })).json() as Answer;
  expect([typeof answer.token, typeof answer.access_token]).toEqual(['undefined', 'string']);
  service.policy.refreshTokens.delete(refresh_token);
  expect((await anyone.request('POST', '/token', { body })).status).toBe(401);
});
