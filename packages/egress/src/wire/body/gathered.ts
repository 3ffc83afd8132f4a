import type { Readable } from 'node:stream';

/** A step is worth its work from this size on. */
const PIECE_BYTES = 128 * 1024;
/** So long a smaller piece waits for more. */
const WAIT_MS = 5;

/** How much of a body may wait in memory until it is read, so that a step finds a large piece. */
export const BODY_BUFFER_BYTES = 256 * 1024;

/**
 * Passes a body on in pieces of 128 KiB where they come soon. TLS and peers send 16 KiB at a time,
 * and each piece costs the same whatever its size (docs/performance.md). The last piece of
 * `lengthBytes` waits for nothing.
 */
export async function* gathered(
  body: Readable,
  lengthBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  let left = lengthBytes;
  // The first piece also tells that the body has begun, so it is passed on at once.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    yield chunk;
    left -= chunk.length;
    await untilReadable(body, Math.min(PIECE_BYTES, left, body.readableHighWaterMark));
  }
}

/** Resolves when so many bytes can be read, when the body is over, or after a short time. */
function untilReadable(body: Readable, bytes: number): Promise<void> | undefined {
  const isOver = () => body.readableLength >= bytes || body.readableEnded || body.destroyed;
  if (isOver()) return undefined;
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      body.off('readable', check).off('end', end).off('close', end);
      resolve();
    };
    const check = () => {
      if (isOver()) end();
    };
    const timer = setTimeout(end, WAIT_MS);
    body.on('readable', check).on('end', end).on('close', end);
  });
}
