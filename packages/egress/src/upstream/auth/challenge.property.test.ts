import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Challenge, parseChallenges } from './challenge.ts';

fc.configureGlobal({ seed: 20_261 });

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]{1,12}$/;
const token = fc.stringMatching(TOKEN);
/** Commas, equal signs, quotes and backslashes are what a quoted string may confuse with its end. */
const value = fc.string({ unit: fc.constantFrom(...'ab,= "\\:/é') });
const challenge = fc.record({
  scheme: token,
  params: fc.dictionary(token, value, { maxKeys: 3, noNullPrototype: false }),
});

const quote = (text: string) => `"${text.replace(/["\\]/g, '\\$&')}"`;

function formatChallenge({ scheme, params }: Challenge): string {
  const pairs = Object.entries(params).map(([name, text]) => `${name}=${quote(text)}`);
  return [scheme, pairs.join(', ')].filter((part) => part !== '').join(' ');
}

const read = (header: string | string[]) =>
  parseChallenges(header).map(({ scheme, params }) => ({ scheme, params: { ...params } }));
const plain = (challenges: readonly Challenge[]) =>
  challenges.map(({ scheme, params }) => ({ scheme, params: { ...params } }));

test('challenges are read as what they were made from, in one line or in several', () => {
  fc.assert(
    fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (challenges) => {
      const lines = challenges.map(formatChallenge);
      expect(read(lines.join(', '))).toEqual(plain(challenges));
      expect(read(lines)).toEqual(plain(challenges));
    }),
  );
});

test('a token means the same with quotes and without', () => {
  fc.assert(
    fc.property(token, token, token, (scheme, name, text) => {
      expect(read(`${scheme} ${name}=${text}`)).toEqual(read(`${scheme} ${name}=${quote(text)}`));
    }),
  );
});

test('capitals in the names of schemes and parameters do not matter', () => {
  fc.assert(
    fc.property(token, token, value, (scheme, name, text) => {
      const shouted = `${scheme.toUpperCase()} ${name.toUpperCase()}=${quote(text)}`;
      expect(read(shouted)).toEqual(read(`${scheme} ${name}=${quote(text)}`));
    }),
  );
});

test('text that cannot be read takes nothing from what stands before it', () => {
  fc.assert(
    fc.property(challenge, fc.string(), (one, rest) => {
      const [first] = read(`${formatChallenge(one)}, ="${rest}`);
      expect(first).toEqual(plain([one])[0]);
    }),
  );
});

test('no text gets a scheme or a name through that is not a token in lower case', () => {
  const near = fc.string({ unit: fc.constantFrom(...'aB,= "\\;\t\n') });
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      for (const { scheme, params } of parseChallenges(text)) {
        const names = [scheme, ...Object.keys(params)];
        expect(names.filter((name) => !/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))).toEqual([]);
      }
    }),
  );
});
