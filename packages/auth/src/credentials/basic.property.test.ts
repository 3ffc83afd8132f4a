import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBasic } from './basic.ts';

fc.configureGlobal({ seed: 20_261 });

const unit = fc.constantFrom(...'aZ9 @=/+"é日', '\u{1f433}');
const username = fc.string({ unit, minLength: 1 });
const password = fc.string({ unit: fc.oneof(unit, fc.constant(':')) });
const encode = (text: string) => Buffer.from(text).toString('base64');

test('reads the same user and password that were written', () => {
  fc.assert(
    fc.property(
      username,
      password,
      fc.constantFrom('Basic', 'BASIC', 'basic'),
      (name, word, scheme) => {
        const credentials = parseBasic(`${scheme} ${encode(`${name}:${word}`)}`);
        expect([credentials?.username, credentials?.password.reveal()]).toEqual([name, word]);
      },
    ),
  );
});

test('never reads forbidden characters in a name or a password, whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (name, word) => {
      const pair = Buffer.concat([name, Buffer.from(':'), word]);
      const credentials = parseBasic(`Basic ${pair.toString('base64')}`);
      if (credentials === undefined) return;
      const both = credentials.username + credentials.password.reveal();
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
      expect(both).not.toMatch(/[\u0000-\u001f\u007f]/);
      expect(credentials.username).not.toContain(':');
    }),
  );
});

test('any text is read without an error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `Basic ${text}`),
      ),
      (header) => {
        expect(parseBasic(header)?.username).not.toBe('');
      },
    ),
  );
});
