import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { createTokenIssuer } from './issuer.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test('signs what the edge verifies', async () => {
  const access = [{ type: 'repository', name: 'quay.io/podman/hello', actions: ['pull'] }];
  const answer = await createTokenIssuer(privateKey, () => NOW_MS)('ünï', access);
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
  });
});

test('no two tokens are the same', async () => {
  const issueToken = createTokenIssuer(privateKey, () => NOW_MS);
  expect((await issueToken('ann', [])).token).not.toBe((await issueToken('ann', [])).token);
});
