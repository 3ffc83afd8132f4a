import { createHmac } from 'node:crypto';
import { exportJWK, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  ISSUER,
  join,
  makeKey,
  NOW,
  NOW_MS,
  OPTIONS,
  sign,
  type TestKey,
} from '../testing/fake-issuer.ts';
import { checkToken } from './check-token.ts';
import { createKeySet } from './keys/key-set.ts';

let key: TestKey;
let rsa: TestKey;
let other: TestKey;

beforeAll(async () => {
  key = await makeKey('one');
  rsa = await makeKey('two', 'RS256');
  other = await makeKey('one');
});

const GOOD = { iss: ISSUER, aud: 'registry-cache', sub: 'ann', iat: NOW, exp: NOW + 600 };

function check(token: string, options = OPTIONS, jwks: unknown[] = [key.jwk, rsa.jwk]) {
  return checkToken(token, options, createKeySet({ keys: jwks }), NOW_MS);
}

async function reasonFor(token: string, options = OPTIONS): Promise<string> {
  const refused = await check(token, options).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'AUTH_TOKEN_REFUSED' });
  const { message } = refused as Error;
  for (const part of token.split('.').filter(Boolean)) expect(message).not.toContain(part);
  return message;
}

test('accepts a token, by elliptic curves and by RSA, and for one of several audiences', async () => {
  const subject = { user: 'ann', groups: ['a', 'b'], expiresAt: NOW + 600 };
  const claims = { groups: ['a', 'b'] };
  expect(await check(await sign(key, claims))).toEqual(subject);
  expect(await check(await sign(rsa, claims))).toEqual(subject);
  const aud = ['other', 'registry-cache'];
  expect(await check(await sign(key, { ...claims, aud }))).toEqual(subject);
});

test('accepts tokens without a key id, whichever key of the set signed them', async () => {
  const keys = await Promise.all([makeKey(), makeKey(), makeKey()]);
  const jwks = keys.map(({ jwk }) => jwk);
  for (const one of keys) {
    expect(await check(await sign(one), OPTIONS, jwks)).toMatchObject({ user: 'ann' });
  }
  await expect(check(await sign(await makeKey()), OPTIONS, jwks)).rejects.toThrow('signature');
});

describe('refuses', () => {
  test.each<[string, JWTPayload, RegExp]>([
    ['another issuer', { iss: 'https://evil.test' }, /another issuer/],
    ['an issuer with one more slash', { iss: `${ISSUER}/` }, /another issuer/],
    ['another audience', { aud: 'other' }, /another audience/],
    ['a longer audience', { aud: 'registry-cache-2' }, /another audience/],
    ['no audience', { aud: undefined as unknown as string }, /another audience/],
    ['no end', { exp: undefined as unknown as number }, /no end/],
    ['an end that is this second', { exp: NOW }, /expired/],
    ['an end long ago', { exp: NOW - 1_000 }, /expired/],
    ['an end that is text', { exp: '9999999999' as unknown as number }, /no end/],
    ['a beginning in 61 seconds', { nbf: NOW + 61 }, /not valid yet/],
    ['an issue in 61 seconds', { iat: NOW + 61 }, /in the future/],
    ['no user', { sub: undefined as unknown as string }, /sub is not the name/],
    ['an empty user', { sub: '' }, /sub is not the name/],
    ['a user that is an object', { sub: {} as unknown as string }, /sub is not the name/],
    ['a user with a line break', { sub: 'ann\nbob' }, /sub is not the name/],
    ['the user anonymous', { sub: 'anonymous' }, /rules use for others/],
    ['a user like a group', { sub: 'group:ops' }, /rules use for others/],
    ['groups that are no texts', { groups: [1] }, /groups is not a list/],
    ['groups that are an object', { groups: { a: 1 } }, /groups is not a list/],
  ])('a token with %s', async (_, claims, reason) => {
    expect(await reasonFor(await sign(key, claims))).toMatch(reason);
  });

  test('alg none, in any spelling', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      for (const signature of ['', 'AAAA']) {
        expect(await reasonFor(join({ alg, kid: 'one' }, GOOD, signature))).not.toBe('');
      }
    }
  });

  test('HS256 with the public key as the shared secret', async () => {
    for (const secret of [
      rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      JSON.stringify(rsa.jwk),
    ]) {
      const text = join({ alg: 'HS256', kid: 'two' }, GOOD).slice(0, -1);
      const signature = createHmac('sha256', secret).update(text).digest('base64url');
      expect(await reasonFor(`${text}.${signature}`)).toMatch(/algorithm/);
    }
  });

  test('a key that the token brings itself: jwk, jku, x5u, or a key id that is a path', async () => {
    const jwk = await exportJWK(other.publicKey);
    for (const header of [
      { jwk },
      { jwk, kid: undefined },
      { jku: 'https://evil.test/keys' },
      { x5u: 'https://evil.test/cert' },
      { kid: '../../../../dev/null' },
      { kid: '/keys/evil.json' },
      { kid: 'https://evil.test/keys' },
      { kid: '__proto__' },
      { kid: "one' OR '1'='1" },
    ]) {
      expect(await reasonFor(await sign(other, {}, header))).toMatch(/signature|no such key/);
    }
  });

  test('a critical header that is not known', async () => {
    const token = join({ alg: 'ES256', kid: 'one', crit: ['exp'], exp: 1 }, GOOD, 'AAAA');
    expect(await reasonFor(token)).toMatch(/damaged/);
  });

  test('claims that were changed, and a signature of another key', async () => {
    const [header = '', , signature = ''] = (await sign(key)).split('.');
    const claims = Buffer.from(JSON.stringify({ ...GOOD, sub: 'root' })).toString('base64url');
    expect(await reasonFor(`${header}.${claims}.${signature}`)).toMatch(/signature/);
    expect(await reasonFor(await sign(other))).toMatch(/signature/);
  });

  test('an algorithm that does not fit its key', async () => {
    expect(await reasonFor(join({ alg: 'RS256', kid: 'one' }, GOOD, 'AAAA'))).not.toBe('');
    expect(await reasonFor(join({ alg: 'ES256', kid: 'two' }, GOOD, 'AAAA'))).not.toBe('');
  });
});

test('accepts a beginning within 60 seconds, for clocks that differ', async () => {
  const token = await sign(key, { iat: NOW + 59, nbf: NOW + 59 });
  expect(await check(token)).toMatchObject({ user: 'ann' });
});

test('the prefix stands before user and groups, and makes other names possible', async () => {
  const options = { ...OPTIONS, prefix: 'ci:' };
  const token = await sign(key, { sub: 'anonymous', groups: 'ops' });
  expect(await check(token, options)).toMatchObject({ user: 'ci:anonymous', groups: ['ci:ops'] });
});

test('required claims must have one of their values', async () => {
  const options = {
    ...OPTIONS,
    require: { 'kubernetes.io/namespace': ['prod', 'test'], protected: ['true'] },
  };
  const claims = { 'kubernetes.io': { namespace: 'prod' }, protected: true };
  expect(await check(await sign(key, claims), options)).toMatchObject({ user: 'ann' });
  for (const wrong of [
    { 'kubernetes.io': { namespace: 'production' }, protected: true },
    { 'kubernetes.io': { namespace: { prod: 'prod' } }, protected: true },
    { 'kubernetes.io': {}, protected: true },
    { 'kubernetes.io': { namespace: 'prod' } },
  ]) {
    expect(await reasonFor(await sign(key, wrong), options)).toMatch(/is not one that is required/);
  }
});
