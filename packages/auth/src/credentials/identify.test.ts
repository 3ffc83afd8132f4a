import { beforeEach, expect, test } from 'vitest';
import { htpasswdLogin } from '../accounts/login.ts';
import { join } from '../testing/fake-issuer.ts';
import { createCredentials } from './credentials.ts';
import { createIdentifier, type Identifier } from './identify.ts';

const ANN = htpasswdLogin('ann', 'hash');
const OWN = join({ alg: 'ES256' }, { iss: 'registry-cache' }, 'own');
const ISSUED = join({ alg: 'ES256' }, { iss: 'https://issuer.test' }, 'good');
const WRONG = join({ alg: 'ES256' }, { iss: 'https://issuer.test' }, 'wrong');
const OTHER = join({ alg: 'ES256' }, { iss: 'https://other.test' }, 'good');
const POD = { user: 'pod', groups: [], source: 'https://issuer.test', line: 'line' };
const client = { source: '192.0.2.1', gone: new AbortController().signal };
let asked: string[];
let identifier: Identifier;

beforeEach(() => {
  asked = [];
  identifier = createIdentifier({
    verifier: {
      waiting: 0,
      async verify({ username, password }) {
        asked.push(`htpasswd ${username}`);
        return username === 'ann' && password.reveal() === 'secret' ? ANN : undefined;
      },
    },
    readToken: async (token) => {
      asked.push('own');
      return token === OWN ? ANN : undefined;
    },
    issuerLogins: {
      async verify(text) {
        if (text === ISSUED) return { login: POD };
        return text === WRONG ? { login: undefined } : undefined;
      },
    },
  });
});

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const identify = (authorization?: string) => identifier.identify(authorization, client);

test('finds users of the htpasswd file, of issuers, and of tokens of the cache', async () => {
  expect(await identify(basic('ann:secret'))).toBe(ANN);
  expect(await identify(basic(`ann:${ISSUED}`))).toBe(POD);
  expect(await identify(`Bearer ${ISSUED}`)).toBe(POD);
  expect(await identify(`bearer  ${OWN} `)).toBe(ANN);
});

test('the user name beside a token does not matter', async () => {
  for (const name of ['', 'anything', 'system', 'ünï']) {
    expect(await identify(basic(`${name}:${ISSUED}`))).toBe(POD);
  }
  const named = createCredentials('system:serviceaccount:prod:default', ISSUED);
  expect(named && (await identifier.check(named, client))).toBe(POD);
});

test('a wrong token of an issuer is never compared with a hash', async () => {
  expect(await identify(basic(`ann:${WRONG}`))).toBeUndefined();
  expect(await identify(`Bearer ${WRONG}`)).toBeUndefined();
  expect(asked).toEqual([]);
});

test('a token of somebody else is a password like any other, and no Bearer token', async () => {
  expect(await identify(basic(`ann:${OTHER}`))).toBeUndefined();
  expect(await identify(`Bearer ${OTHER}`)).toBeUndefined();
  expect(asked).toEqual(['htpasswd ann']);
});

test('a token of the cache is no password', async () => {
  expect(await identify(basic(`ann:${OWN}`))).toBeUndefined();
});

test.each([undefined, '', 'Basic', 'Bearer', 'Bearer a.b.c', 'Negotiate x', basic(':secret')])(
  'finds nobody for %j',
  async (authorization) => {
    expect(await identify(authorization)).toBeUndefined();
  },
);
