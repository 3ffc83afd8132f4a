import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Reply } from '../transport/transport.ts';
import { atLowestRate } from './lowest-rate.ts';

const RATE = { lowestBytesPerSecond: 1000, lowestRateMs: 1000 };

/** A body of pieces of 100 bytes, each after a pause. Its own clock moves only by these pauses. */
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

test('ends a body whose average rate is too low', async () => {
  await expect(readAll(100, 101)).rejects.toThrow('up.test sent less than 1000 B a second');
});

test('passes a body that is just fast enough, and a short one', async () => {
  expect(await readAll(100, 100)).toBe(10_000);
  expect(await readAll(5, 190)).toBe(500);
});

test('does not count the time of a slow reader', async () => {
  expect(await readAll(100, 50, 0, 10_000)).toBe(10_000);
});

test('does not count the time of our own limits', async () => {
  expect(await readAll(100, 10_000, 9_950)).toBe(10_000);
});

test('ends the body when its reader leaves', async () => {
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

test('a rate of 0 is no limit', async () => {
  const { reply, clock } = slowBody(10, 1_000_000);
  const none = { ...RATE, lowestBytesPerSecond: 0 };
  const got = await buffer(Readable.from(atLowestRate(reply, none, () => clock.ms)));
  expect(got.length).toBe(1000);
});
