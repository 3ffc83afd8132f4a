import { Readable } from 'node:stream';
import type { Reply } from '../../wire/transport/transport.ts';
import type { Weight } from './places.ts';

/** A limit of bytes a second, shared by all bodies. Chunks pass in the order in which they came. */
export interface Throttle {
  readonly isOn: boolean;
  /** Counts bytes without waiting. */
  charge(bytes: number): void;
  /** Resolves when the bytes may pass. */
  pass(bytes: number, signal: AbortSignal): Promise<void>;
}

/** Bodies are cut into pieces of at most this size, so that they take turns of about one length. */
const PIECE_BYTES = 65_536;

/**
 * Returns the reply with a body that is read no faster than the throttles allow. Returns the reply
 * itself if no throttle is on. A small body counts by its announced length, but never waits.
 */
export function throttled(reply: Reply, weight: Weight, throttles: readonly Throttle[]): Reply {
  const on = throttles.filter(({ isOn }) => isOn);
  if (on.length === 0) return reply;
  const isContent = reply.status === 200 || reply.status === 206;
  if (weight === 'large' && isContent) return slowed(reply, on);
  const length = Number(reply.headers['content-length'] ?? 0);
  for (const throttle of on) throttle.charge(length);
  return reply;
}

function slowed(reply: Reply, throttles: readonly Throttle[]): Reply {
  const { body } = reply;
  const held = { sinceMs: undefined as number | undefined, ms: 0 };
  const gone = new AbortController();
  const slow = Readable.from(inPieces(body, throttles, gone.signal, held), { objectMode: false });
  // A body may fail while it is not read. That must not end the process; readers still get it.
  slow.on('error', () => undefined);
  slow.once('close', () => {
    gone.abort();
    body.destroy();
  });
  const slowBody = Object.assign(slow, {
    // Draining a throttled body would cost more than a new connection.
    async dump() {
      slow.destroy();
    },
  });
  const heldBackMs = () =>
    held.ms + (held.sinceMs === undefined ? 0 : performance.now() - held.sinceMs);
  return { ...reply, body: slowBody, heldBackMs };
}

interface HeldBack {
  /** Start of the present wait; undefined while there is none. */
  sinceMs: number | undefined;
  /** Total of the waits before. */
  ms: number;
}

async function* inPieces(
  body: Reply['body'],
  throttles: readonly Throttle[],
  signal: AbortSignal,
  held: HeldBack,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_BYTES);
      const sinceMs = performance.now();
      held.sinceMs = sinceMs;
      for (const throttle of throttles) await throttle.pass(piece.length, signal);
      held.ms += performance.now() - sinceMs;
      held.sinceMs = undefined;
      yield piece;
    }
  }
}
