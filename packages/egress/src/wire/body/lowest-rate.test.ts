import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Reply } from '../transport/transport.ts';
import { atLowestRate } from './lowest-rate.ts';

const RATE = { lowestBytesPerSecond: 1000, lowestRateMs: 1000 };

/** A body of pieces of 100 bytes, each after so many milliseconds of a clock that only it moves. */
function slowBody(pieces: number, everyMs: number, heldMs = 0) {
  const clock = { ms: 0, heldMs: 0 };
  async function* chunks() {
    for (let count = 0; count < pieces; count += 1) {
      clock.ms += everyMs;
      clock.heldMs += heldMs;
      yield Buffer.alloc(100);
    }
  }
  const reply = {
    url: new URL('http://up.test/'),
    body: chunks() as unknown as Reply['body'],
    heldBackMs: () => clock.heldMs,
  } as Reply;
  return { clock, reply };
}

async function readAll(pieces: number, everyMs: number, heldMs = 0, readerMs = 0) {
  const { clock, reply } = slowBody(pieces, everyMs, heldMs);
  let bytes = 0;
  for await (const chunk of atLowestRate(reply, RATE, () => clock.ms)) {
    bytes += chunk.length;
    clock.ms += readerMs;
  }
  return bytes;
}

test('cuts a body that brings less on average', async () => {
  await expect(readAll(100, 101)).rejects.toThrow('up.test sent less than 1000 B a second');
});

test('leaves one alone that brings just enough, and one that is short', async () => {
  expect(await readAll(100, 100)).toBe(10_000);
  expect(await readAll(5, 190)).toBe(500);
});

test('does not count time of a slow reader', async () => {
  expect(await readAll(100, 50, 0, 10_000)).toBe(10_000);
});

test('does not count time for which our own limits hold the body back', async () => {
  expect(await readAll(100, 10_000, 9_950)).toBe(10_000);
});

test('ends the body when its reader goes', async () => {
  let isEnded = false;
  async function* chunks() {
    try {
      for (;;) yield Buffer.alloc(1);
    } finally {
      isEnded = true;
    }
  }
  const reply = { url: new URL('http://up.test/'), body: chunks() as unknown as Reply['body'] };
  for await (const _ of atLowestRate(reply as Reply, RATE)) break;
  expect(isEnded).toBe(true);
});

test('0 is no limit', async () => {
  const { reply, clock } = slowBody(10, 1_000_000);
  const none = { ...RATE, lowestBytesPerSecond: 0 };
  const got = await buffer(Readable.from(atLowestRate(reply, none, () => clock.ms)));
  expect(got.length).toBe(1000);
});
