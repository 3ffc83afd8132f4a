import { generateKeyPairSync } from 'node:crypto';
import { type IssuerOptions, Secret } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import { ANONYMOUS, htpasswdLogin } from '../accounts/login.ts';
import { OPTIONS } from '../testing/fake-issuer.ts';
import { createTokenIssuer } from './issuer.ts';
import { createTokenReader } from './token-reader.ts';

const KEY = makeKey();
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const ANN = htpasswdLogin('ann', 'hash');

const DEPS = {
  letsAnonymousIn: async () => true,
  tokenKey: KEY,
  issuers: { current: async () => ({ issuers: [], ca: '' }) },
  now: () => NOW_MS,
};

function makeKey(): Secret {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

async function isGood(token: string, users: PasswordHashes, nowMs = NOW_MS): Promise<boolean> {
  const readToken = createTokenReader({
    ...DEPS,
    accounts: { current: async () => users },
    now: () => nowMs,
  });
  return (await readToken(token)) !== undefined;
}

test('a token is valid while the line of its user stays the same', async () => {
  const { token } = await createTokenIssuer(KEY, () => NOW_MS)(ANN, []);
  const bob = ['bob', 'hash'] as const;
  expect(await isGood(token, new Map([['ann', 'hash'], bob]))).toBe(true);
  expect(await isGood(token, new Map([['ann', 'other'], bob]))).toBe(false);
  expect(await isGood(token, new Map([bob]))).toBe(false);
});

test('refuses an expired token, a token of another key, and text that is not a token', async () => {
  const users = new Map([['ann', 'hash']]);
  const { token } = await createTokenIssuer(KEY, () => NOW_MS)(ANN, []);
  expect(await isGood(token, users, NOW_MS + 300_000)).toBe(false);
  const foreign = await createTokenIssuer(makeKey(), () => NOW_MS)(ANN, []);
  expect(await isGood(foreign.token, users)).toBe(false);
  for (const text of ['', 'x.y.z', 'nonsense']) expect(await isGood(text, users)).toBe(false);
});

test('gives the login of a token, which ends with the token', async () => {
  const { token } = await createTokenIssuer(KEY, () => NOW_MS)(ANN, []);
  const users = new Map([['ann', 'hash']]);
  const readToken = createTokenReader({ ...DEPS, accounts: { current: async () => users } });
  expect(await readToken(token)).toEqual({
    ...ANN,
    expiresAt: Math.floor(NOW_MS / 1_000) + 300,
  });
});

test('gives the login of an issuer, while that is in the policy and the name is nobody else', async () => {
  const issued = { ...OPTIONS, line: 'line of the issuer' };
  const login = {
    user: 'pod',
    groups: ['ops'],
    source: issued.issuer,
    line: issued.line,
    expiresAt: Math.floor(NOW_MS / 1_000) + 60,
  };
  const { token } = await createTokenIssuer(KEY, () => NOW_MS)(login, []);
  const read = (users: PasswordHashes, issuers: readonly IssuerOptions[]) =>
    createTokenReader({
      ...DEPS,
      accounts: { current: async () => users },
      issuers: { current: async () => ({ issuers, ca: '' }) },
    })(token);
  expect(await read(new Map(), [issued])).toEqual(login);
  expect(await read(new Map(), [{ ...issued, line: 'other' }])).toBeUndefined();
  expect(await read(new Map(), [])).toBeUndefined();
  expect(await read(new Map([['pod', 'hash']]), [issued])).toBeUndefined();
});

test('gives clients without a login their own, only while rules let them in', async () => {
  const { token } = await createTokenIssuer(KEY, () => NOW_MS)(ANONYMOUS, []);
  const read = (letsIn: boolean) =>
    createTokenReader({
      ...DEPS,
      accounts: { current: async () => new Map() },
      letsAnonymousIn: async () => letsIn,
    })(token);
  expect(await read(true)).toMatchObject({ user: '', groups: [] });
  expect(await read(false)).toBeUndefined();
});
