import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { digestOf } from '../http/digest.ts';
import { DigestMismatchError, verifiedBody } from './verify.ts';

async function* chunksOf(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test.each([
  [['abc', 'def'], 'sha256'],
  [['one'], 'sha512'],
  [['a', '', 'b', ''], 'sha256'],
  [[], 'sha256'],
])('passes the right bytes on', async (texts, algorithm) => {
  const whole = texts.join('');
  expect(
    await text(verifiedBody(chunksOf(...texts), digestOf(Buffer.from(whole), algorithm))),
  ).toBe(whole);
});

test('never passes on the last chunk of wrong bytes', async () => {
  const passed: string[] = [];
  const reading = (async () => {
    for await (const chunk of verifiedBody(
      chunksOf('ab', 'cd', 'ef'),
      digestOf(Buffer.from('abcdeX')),
    )) {
      passed.push(Buffer.from(chunk).toString());
    }
  })();
  await expect(reading).rejects.toThrow(DigestMismatchError);
  expect(passed).toEqual(['ab', 'cd']);
});
