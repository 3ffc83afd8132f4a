import type { IssuerOptions, IssuersFile } from '@registry-cache/domain';
import { beforeEach, expect, test } from 'vitest';
import { createAuthReport } from '../report/report.ts';
import {
  ISSUER,
  makeKey,
  NOW,
  NOW_MS,
  OPTIONS,
  sign,
  type TestKey,
} from '../testing/fake-issuer.ts';
import { createIssuerLogins, type IssuerLogins } from './issuer-logins.ts';

const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`;
const KEYS = `${ISSUER}/keys`;
let key: TestKey;
let nowMs: number;
let users: Map<string, string>;
let file: IssuersFile;
/** Documents by URL. An error is thrown, and a promise is waited for. */
let documents: Record<string, unknown>;
let fetched: string[];
let logged: { readonly text: string; readonly fields: object }[];
let logins: IssuerLogins;

beforeEach(async () => {
  key = await makeKey('one');
  nowMs = NOW_MS;
  users = new Map([['htpasswd-user', 'hash']]);
  file = { issuers: [OPTIONS], ca: '' };
  documents = { [DISCOVERY]: { issuer: ISSUER, jwks_uri: KEYS }, [KEYS]: { keys: [key.jwk] } };
  fetched = [];
  logged = [];
  const note = (fields: object, text: string) => void logged.push({ text, fields });
  const log = { info: note, error: note, warn: note };
  const now = () => nowMs;
  logins = createIssuerLogins({
    file: { current: async () => file },
    accounts: { current: async () => users },
    report: createAuthReport(log, now),
    now,
    sleep: async (ms) => {
      nowMs += ms;
    },
    log,
    createFetchJson: () => async (url) => {
      fetched.push(url.href);
      const document = await documents[url.href];
      if (document === undefined) throw new Error('no such document');
      if (document instanceof Error) throw document;
      return document;
    },
  });
});

const verify = (token: string, source = '192.0.2.1') => logins.verify(token, source);

async function userOf(token: string): Promise<string | undefined> {
  return (await verify(token))?.login?.user;
}

function useIssuers(...issuers: Partial<IssuerOptions>[]): void {
  file = {
    issuers: issuers.map((one) => ({ ...OPTIONS, line: JSON.stringify(one), ...one })),
    ca: '',
  };
}

test('gives the login of a token, with its groups, its issuer and its end', async () => {
  expect(await verify(await sign(key, { groups: ['ops'] }))).toEqual({
    login: {
      user: 'ann',
      groups: ['ops'],
      source: ISSUER,
      line: OPTIONS.line,
      expiresAt: NOW + 600,
    },
  });
  expect(fetched).toEqual([DISCOVERY, KEYS]);
});

test('knows nothing of other texts and of tokens of other issuers, and asks nobody', async () => {
  const other = await sign(key, { iss: 'https://evil.test' });
  for (const text of ['', 'secret', 'a.b.c', '...', `${'a'.repeat(20_000)}.b.c`, other]) {
    expect(await verify(text)).toBeUndefined();
  }
  expect(fetched).toEqual([]);
});

test('many requests at once fetch the keys once', async () => {
  const tokens = await Promise.all([1, 2, 3].map((jti) => sign(key, { jti: String(jti) })));
  expect(await Promise.all(tokens.map(userOf))).toEqual(['ann', 'ann', 'ann']);
  expect(fetched).toEqual([DISCOVERY, KEYS]);
});

test('a token is accepted until its end, also where it is remembered', async () => {
  const token = await sign(key);
  expect(await userOf(token)).toBe('ann');
  nowMs += 599_000;
  expect(await userOf(token)).toBe('ann');
  nowMs += 1_000;
  expect(await userOf(token)).toBeUndefined();
});

test('follows a new key at once, and drops an old one within minutes', async () => {
  const old = await sign(key);
  expect(await userOf(old)).toBe('ann');
  const next = await makeKey('two');
  documents[KEYS] = { keys: [next.jwk] };
  expect(await userOf(old)).toBe('ann');
  expect(await userOf(await sign(next))).toBe('ann');
  expect(await userOf(old)).toBeUndefined();
});

test('follows a new key that has the id of the old one, or no id', async () => {
  for (const kid of ['one', undefined]) {
    documents[KEYS] = { keys: [(await makeKey(kid)).jwk] };
    await userOf(await sign(await makeKey(kid)));
    const next = await makeKey(kid);
    documents[KEYS] = { keys: [next.jwk] };
    expect(await userOf(await sign(next))).toBe('ann');
  }
});

test('a removed key ends remembered logins, without any new token', async () => {
  const token = await sign(key, { exp: NOW + 3_600 });
  expect(await userOf(token)).toBe('ann');
  documents[KEYS] = { keys: [(await makeKey('two')).jwk] };
  nowMs += 301_000;
  await userOf(token);
  await new Promise(setImmediate);
  expect(await userOf(token)).toBeUndefined();
});

test('invented key ids ask the issuer every three seconds at most', async () => {
  await userOf(await sign(key));
  const many = Array.from({ length: 8 }, async (_, count) =>
    userOf(await sign(key, {}, { kid: `../../etc/passwd${count}` })),
  );
  expect(new Set(await Promise.all(many))).toEqual(new Set([undefined]));
  const timesAsked = fetched.filter((url) => url === KEYS).length;
  expect(timesAsked).toBeGreaterThan(1);
  expect(timesAsked).toBe(1 + (nowMs - NOW_MS) / 3_000);
});

test('keeps the keys while the issuer is down, and says so once', async () => {
  await userOf(await sign(key));
  documents = {};
  for (let minute = 0; minute < 60; minute += 1) {
    nowMs += 60_000;
    const claims = { exp: nowMs / 1_000 + 600, iat: nowMs / 1_000, jti: String(minute) };
    expect(await userOf(await sign(key, claims))).toBe('ann');
    await new Promise(setImmediate);
  }
  expect(logged.filter(({ text }) => text.includes('the last ones stay'))).toHaveLength(1);
  const unknown = sign(key, { exp: nowMs / 1_000 + 600 }, { kid: 'new' });
  await expect(verify(await unknown)).rejects.toMatchObject({ code: 'AUTH_ISSUER_DOWN' });
});

test('an issuer that has never answered is no refusal, and is asked again later', async () => {
  const before = documents;
  documents = {};
  const token = await sign(key);
  await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_ISSUER_DOWN' });
  await expect(verify(token)).rejects.toMatchObject({ code: 'AUTH_ISSUER_DOWN' });
  expect(fetched).toHaveLength(1);
  documents = before;
  nowMs += 3_000;
  expect(await userOf(token)).toBe('ann');
});

test.each([
  ['another issuer', { issuer: 'https://evil.test', jwks_uri: KEYS }, 'document of another issuer'],
  ['no issuer', { jwks_uri: KEYS }, 'document of another issuer'],
  ['no keys', { issuer: ISSUER }, 'names no URL of keys'],
  ['keys without TLS', { issuer: ISSUER, jwks_uri: 'http://issuer.test/keys' }, 'not at https'],
  ['keys in a file', { issuer: ISSUER, jwks_uri: 'file:///etc/passwd' }, 'not at https'],
  ['a list', [], 'document of another issuer'],
])('does not believe a discovery document with %s', async (_, document, reason) => {
  documents[DISCOVERY] = document;
  await expect(verify(await sign(key))).rejects.toMatchObject({ code: 'AUTH_ISSUER_DOWN' });
  const [{ fields } = { fields: {} }] = logged;
  expect(String((fields as { err?: Error }).err)).toContain(reason);
});

test.each([[{}], [{ keys: [] }], [{ keys: 'x' }], [[]], [null], [{ keys: [null] }]])(
  'does not take %j for a key set',
  async (jwks) => {
    documents[KEYS] = jwks;
    await expect(verify(await sign(key))).rejects.toMatchObject({ code: 'AUTH_ISSUER_DOWN' });
  },
);

test('a user of the htpasswd file is nobody else, also once a token was accepted', async () => {
  expect(await userOf(await sign(key, { sub: 'htpasswd-user' }))).toBeUndefined();
  const token = await sign(key, { sub: 'bob' });
  expect(await userOf(token)).toBe('bob');
  users = new Map([['bob', 'hash']]);
  expect(await userOf(token)).toBeUndefined();
  users = new Map();
  expect(await userOf(token)).toBe('bob');
  expect(JSON.stringify(logged)).toContain('its user is a name of the htpasswd file');
});

test('of several entries for one issuer, the first that accepts counts', async () => {
  useIssuers(
    { require: { org: ['a'] }, prefix: 'a:' },
    { require: { org: ['b'] }, prefix: 'b:' },
    { audience: 'other', prefix: 'c:' },
  );
  expect(await userOf(await sign(key, { org: 'a' }))).toBe('a:ann');
  expect(await userOf(await sign(key, { org: 'b' }))).toBe('b:ann');
  expect(await userOf(await sign(key, { aud: 'other' }))).toBe('c:ann');
  expect(await userOf(await sign(key, { org: 'c' }))).toBeUndefined();
});

test('a changed policy counts for remembered tokens, and keeps the keys of other entries', async () => {
  const token = await sign(key);
  expect(await userOf(token)).toBe('ann');
  file = { issuers: [{ ...OPTIONS, audience: 'other', line: 'changed' }], ca: '' };
  expect(await userOf(token)).toBeUndefined();
  file = { issuers: [], ca: '' };
  expect(await verify(token)).toBeUndefined();
  file = { issuers: [OPTIONS, { ...OPTIONS, issuer: 'https://b.test', line: 'b' }], ca: '' };
  expect(await userOf(token)).toBe('ann');
  const before = fetched.length;
  file = { issuers: [OPTIONS], ca: '' };
  expect(await userOf(await sign(key, { jti: 'x' }))).toBe('ann');
  expect(fetched).toHaveLength(before);
});

test('keys of the policy need no request', async () => {
  useIssuers({ keys: { from: 'file', keys: [key.jwk as Record<string, string>] } });
  expect(await userOf(await sign(key))).toBe('ann');
  expect(await userOf(await sign(key, {}, { kid: 'x' }))).toBeUndefined();
  expect(fetched).toEqual([]);
});

test('wrong tokens are limited by source, and good ones from there are not', async () => {
  const wrong = (jti: number) => sign(key, { aud: 'other', jti: String(jti) });
  const first = await wrong(0);
  expect(await verify(first)).toEqual({ login: undefined });
  for (let count = 1; count < 10; count += 1) {
    expect(await verify(await wrong(count))).toEqual({ login: undefined });
  }
  await expect(verify(await wrong(10))).rejects.toMatchObject({ code: 'AUTH_SOURCE_LIMITED' });
  expect(await userOf(await sign(key))).toBe('ann');
  expect(await verify(await wrong(11), '192.0.2.2')).toEqual({ login: undefined });
  // A wrong token that is repeated is no new one.
  expect(await verify(first)).toEqual({ login: undefined });
});

test('the log has issuer and reason of a refusal, and no part of the token', async () => {
  const token = await sign(key, { aud: 'other', sub: 'private-name' });
  await verify(token);
  expect(logged).toEqual([
    {
      text: 'credentials refused',
      fields: expect.objectContaining({
        client: '192.0.2.1',
        issuer: ISSUER,
        reason: 'it is made for another audience',
      }),
    },
  ]);
  expect(JSON.stringify(logged)).not.toContain('private-name');
});
