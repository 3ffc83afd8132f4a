import { unwrap } from '@registry-cache/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePullSecret } from './parse.ts';

fc.configureGlobal({ seed: 20_261 });

const parse = (value: unknown) => parsePullSecret('ps', JSON.stringify(value), []);
const username = fc.string({ unit: fc.constantFrom(...'aB9@+ é日'), minLength: 1, maxLength: 12 });
const password = fc.string({ unit: fc.constantFrom(...'aB9:=/+ "\\é日'), minLength: 1 });
const encode = (name: string, word: string) => Buffer.from(`${name}:${word}`).toString('base64');
const hosts = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}\.test$/), {
  minLength: 1,
  maxLength: 5,
});

test('a user and a password are read as what they were written as', () => {
  fc.assert(
    fc.property(username, password, (name, word) => {
      const auths = {
        'padded.test': { auth: encode(name, word) },
        'plain.test': { auth: encode(name, word).replace(/=+$/, '') },
        'url.test': { auth: Buffer.from(`${name}:${word}`).toString('base64url') },
        'wrapped.test': { auth: encode(name, word).replace(/.{8}/g, '$&\n') },
        'pair.test': { username: name, password: word },
      };
      const { upstreams, leftOut, notices } = unwrap(parse({ auths }));
      const read = upstreams.map(({ credential }) =>
        credential?.kind === 'basic' ? [credential.username, credential.password.reveal()] : [],
      );
      expect(read).toEqual(Object.keys(auths).map(() => [name, word]));
      expect([leftOut, notices]).toEqual([[], []]);
    }),
  );
});

test('the order of the entries does not matter', () => {
  fc.assert(
    fc.property(hosts, (keys) => {
      const auths = (names: readonly string[]) =>
        Object.fromEntries(names.map((key) => [key, { auth: encode(key, 'secret') }]));
      const forward = unwrap(parse({ auths: auths(keys) }));
      const backward = unwrap(parse({ auths: auths([...keys].reverse()) }));
      expect(backward).toEqual(forward);
      expect(forward.upstreams.map(({ name }) => name.host)).toEqual([...keys].sort());
    }),
  );
});

test('an entry that is ignored is as if it were not there', () => {
  fc.assert(
    fc.property(hosts, fc.jsonValue(), (keys, odd) => {
      const [ignored = '', ...rest] = keys;
      const others = Object.fromEntries(rest.map((key) => [key, {}]));
      const text = JSON.stringify({ auths: { ...others, [ignored]: odd } });
      expect(parsePullSecret('ps', text, [ignored])).toEqual(parse({ auths: others }));
    }),
  );
});

/** Entries with a secret in them, good ones and damaged ones. */
const SECRET = 'hunter2-hunter2-hunter2';
const secretField = fc.constantFrom(
  SECRET,
  encode('user', SECRET),
  encode('', SECRET),
  encode(SECRET, '').replace(/=/g, '!'),
  Buffer.from(SECRET).toString('base64'),
);
const entry = fc.record(
  {
    auth: fc.oneof(secretField, fc.array(secretField)),
    username: fc.constantFrom('', 'user', 7),
    password: fc.oneof(secretField, fc.record({ value: secretField })),
    identitytoken: fc.oneof(secretField, fc.array(secretField)),
    registrytoken: secretField,
  },
  { requiredKeys: [] },
);
const oddKey = fc.constantFrom(
  'quay.io',
  'https://quay.io/v2/',
  '*.test',
  'a b',
  'docker.io/Org',
  '',
);
const file = fc.record({
  auths: fc.dictionary(oddKey, fc.oneof(entry, secretField, fc.array(entry)), { maxKeys: 4 }),
  credHelpers: fc.dictionary(oddKey, fc.constantFrom('pass', '', 7), { maxKeys: 2 }),
});

test('no issue, no notice and no credential shows a secret', () => {
  fc.assert(
    fc.property(file, (value) => {
      const shown = JSON.stringify(parse(value));
      const secrets = [SECRET, ...[SECRET, `user:${SECRET}`, `:${SECRET}`].map(toBase64)];
      expect(secrets.filter((secret) => shown.includes(secret.slice(0, 20)))).toEqual([]);
    }),
  );
});

test('a file that ends in the middle, or in text that is not JSON, shows no secret', () => {
  fc.assert(
    fc.property(file, fc.nat(), fc.string({ maxLength: 3 }), (value, place, odd) => {
      const text = JSON.stringify(value);
      const damaged = text.slice(0, place % text.length) + odd;
      expect(JSON.stringify(parsePullSecret('ps', damaged, []))).not.toContain('hunter2');
    }),
  );
});

test('any text and any JSON is read without an error', () => {
  const anyFile = fc.record(
    { auths: fc.jsonValue(), credHelpers: fc.jsonValue(), credsStore: fc.jsonValue() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        anyFile.map((one) => JSON.stringify(one)),
      ),
      (text) => {
        const parsed = parsePullSecret('ps', text, []);
        expect(parsed.ok || parsed.issues.length > 0).toBe(true);
      },
    ),
  );
});

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
