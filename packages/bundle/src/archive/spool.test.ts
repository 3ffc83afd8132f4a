import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as nextEvent } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { decompress } from './spool.ts';

const SIZE = 1024 * 1024;
/** The unpacker takes no more at once. */
const PIECE = 20_000;

it('unpacks many pieces without a warning of Node.js, which would be told as what is wrong', async () => {
  const warnings: string[] = [];
  const listen = ({ message }: Error) => void warnings.push(message);
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  const packed = gzipSync(randomBytes(SIZE), { level: 1 });
  const pieces: Buffer[] = [];
  for (let at = 0; at < packed.length; at += PIECE) {
    pieces.push(packed.subarray(at, at + PIECE));
  }
  let size = 0;
  for await (const piece of decompress(Readable.from(pieces))) size += piece.length;
  await nextEvent();
  expect(size).toBe(SIZE);
  expect(warnings).toEqual([]);
});
