import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { BODY_BUFFER_BYTES, gathered } from './gathered.ts';

const KIB = 1024;

function openBody() {
  return new PassThrough({ highWaterMark: BODY_BUFFER_BYTES });
}

test('joins small pieces that come soon, and passes on every byte in order', async () => {
  const body = openBody();
  const sent = Array.from({ length: 32 }, (_, index) => Buffer.alloc(16 * KIB, index));
  const pieces: Uint8Array[] = [];
  const reading = (async () => {
    for await (const piece of gathered(body)) pieces.push(piece);
  })();
  for (const piece of sent) {
    body.write(piece);
    await new Promise(setImmediate);
  }
  body.end();
  await reading;
  expect(Buffer.concat(pieces)).toEqual(Buffer.concat(sent));
  expect(pieces.length).toBeLessThan(sent.length / 2);
});

test('passes on what is there when no more comes', async () => {
  const body = openBody();
  const pieces = gathered(body);
  for (const text of ['first', 'second', 'third']) {
    body.write(text);
    expect(String((await pieces.next()).value)).toBe(text);
  }
  body.end();
  expect(await pieces.next()).toEqual({ done: true, value: undefined });
});

test('a body that breaks off fails after the bytes before it', async () => {
  const body = openBody();
  const pieces = gathered(body);
  body.write('first');
  expect(String((await pieces.next()).value)).toBe('first');
  const next = pieces.next();
  body.destroy(new Error('reset'));
  await expect(next).rejects.toThrow('reset');
});

test('ends the body when its reader leaves', async () => {
  const body = openBody();
  body.write('first');
  for await (const _ of gathered(body)) break;
  expect(body.destroyed).toBe(true);
});
