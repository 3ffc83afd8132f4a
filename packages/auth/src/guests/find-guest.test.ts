import { generateKeyPairSync } from 'node:crypto';
import { Secret } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { createFindGuest } from './find-guest.ts';
import { authorizationOf } from './guest.ts';
import { createGuestTokens } from './guest-tokens.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const KEY = new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
let nowMs = Date.now();
const guestTokens = createGuestTokens(KEY, () => nowMs);
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function create({ asks = true }: { asks?: boolean } = {}) {
  return createFindGuest({
    asksRegistries: async () => asks,
    accounts: { current: async () => new Map([['ann', 'hash']]) },
    issuerLogins: {
      verify: async (text) => (text === 'issued' ? { login: undefined } : undefined),
    },
    guestTokens,
  });
}

const shown = async (authorization: string, finder = create()) => {
  const guest = await finder.byAuthorization(authorization, 's');
  return guest && authorizationOf(guest);
};

it('a login is of a guest where its name is not ours and its password no token of an issuer', async () => {
  expect(await shown(basic('alice', 'pä:ss'))).toBe(basic('alice', 'pä:ss'));
  expect(await shown(basic('ann', 'wrong'))).toBeUndefined();
  expect(await shown(basic('alice', 'issued'))).toBeUndefined();
  expect(await shown(basic('', 'x'))).toBeUndefined();
  expect(await shown(basic('alice', 'x'), create({ asks: false }))).toBeUndefined();
});

it('a token carries the login, unread by others, until it ends', async () => {
  const credentials = { username: 'alice', password: new Secret('of-alice') };
  const { token } = await guestTokens.issue(credentials);
  expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).not.toContain('of-alice');
  expect(await shown(`Bearer ${token}`)).toBe(basic('alice', 'of-alice'));
  expect(await shown(`Bearer ${token.slice(0, -4)}AAAA`)).toBeUndefined();
  expect(await shown('Bearer other')).toBeUndefined();
  nowMs += 301_000;
  expect(await shown(`Bearer ${token}`)).toBeUndefined();
});

it('at the registry itself every login is its own, but no token of the cache', async () => {
  const { token } = await guestTokens.issue({ username: 'a', password: new Secret('b') });
  const { atRegistry } = create();
  const at = (authorization: string | undefined) => {
    const guest = atRegistry(authorization);
    return guest && authorizationOf(guest);
  };
  expect(at(basic('ann', 'x'))).toBe(basic('ann', 'x'));
  expect(at('Bearer abc.def')).toBe('Bearer abc.def');
  expect(at(`Bearer ${token}`)).toBeUndefined();
  expect(at('Digest x')).toBeUndefined();
  expect(at(undefined)).toBeUndefined();
});
