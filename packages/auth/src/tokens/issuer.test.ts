import { generateKeyPairSync } from 'node:crypto';
import { fingerprintLogin, Secret } from '@registry-cache/domain';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { htpasswdLogin } from '../accounts/login.ts';
import { createTokenIssuer } from './issuer.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test('signs tokens that the edge accepts', async () => {
  const access = [{ type: 'repository', name: 'quay.io/podman/hello', actions: ['pull'] }];
  const answer = await createTokenIssuer(KEY, () => NOW_MS)(htpasswdLogin('ünï', 'hash'), access);
  expect(answer).toMatchObject({
    access_token: answer.token,
    expires_in: 300,
    issued_at: '2026-01-02T03:04:05.678Z',
  });
  const { payload, protectedHeader } = await jwtVerify(answer.token, publicKey, {
    currentDate: new Date(NOW_MS),
  });
  expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT' });
  const nowSeconds = Math.floor(NOW_MS / 1000);
  expect(payload).toEqual({
    iss: 'registry-cache',
    aud: 'registry-cache',
    sub: 'ünï',
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + 300,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    access,
    login: fingerprintLogin(KEY, 'ünï:hash'),
  });
});

test('a token of an issuer has the groups of its login, and ends with it', async () => {
  const seconds = Math.floor(NOW_MS / 1_000);
  const login = {
    user: 'system:serviceaccount:prod:default',
    groups: ['ops', 'ünï'],
    source: 'https://issuer.test',
    line: 'line of the issuer',
    expiresAt: seconds + 60,
  };
  const answer = await createTokenIssuer(KEY, () => NOW_MS)(login, []);
  expect(answer.expires_in).toBe(60);
  const { payload } = await jwtVerify(answer.token, publicKey, { currentDate: new Date(NOW_MS) });
  expect(payload).toMatchObject({
    sub: login.user,
    groups: login.groups,
    exp: seconds + 60,
    login: fingerprintLogin(KEY, login.line),
  });
});

test('every token is different', async () => {
  const issueToken = createTokenIssuer(KEY, () => NOW_MS);
  const login = htpasswdLogin('ann', 'hash');
  expect((await issueToken(login, [])).token).not.toBe((await issueToken(login, [])).token);
});
