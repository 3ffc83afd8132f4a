import { Readable } from 'node:stream';

/**
 * A body that calls `onPause` when its reader has taken nothing for `limitMs`, though there was
 * something to take. Time in which the client sends nothing does not count.
 */
export function watchTaking(body: Readable, limitMs: number, onPause: () => void): Readable {
  async function* pieces() {
    // The client still gets an answer after its body was given up.
    for await (const piece of body.iterator({ destroyOnReturn: false })) {
      const late = setTimeout(onPause, limitMs);
      try {
        yield piece;
      } finally {
        clearTimeout(late);
      }
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}
