import { TransportError } from './failure.ts';
import type { Reply } from './transport.ts';

/** One header of a reply. Several lines are joined, as RFC 9110, 5.3 allows. */
export function replyHeader(reply: Reply, name: string): string | undefined {
  const value = reply.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Drops an unread body. Drains a short one, so that the connection can be used again. */
export async function discard(reply: Reply): Promise<void> {
  await reply.body.dump({ limit: 65_536 }).catch(() => undefined);
}

/** Time limit for a short body: a manifest, a token, an error. */
const READ_WITHIN_MS = 60_000;

/**
 * Reads the first `limit` bytes of a body. `whole` tells if the body ended there.
 * @throws TransportError if the body breaks off, or takes longer than `withinMs`.
 */
export async function readCapped(
  reply: Reply,
  limit: number,
  withinMs = READ_WITHIN_MS,
): Promise<{ bytes: Buffer; whole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const slow = () =>
    new TransportError('body', `${reply.url.host} sent a short body too slowly`, {
      timedOut: true,
    });
  const timer = setTimeout(() => reply.body.destroy(slow()), withinMs);
  try {
    for await (const chunk of reply.body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      // Leaving the loop destroys the body.
      if (size > limit) return { bytes: Buffer.concat(chunks).subarray(0, limit), whole: false };
    }
    return { bytes: Buffer.concat(chunks), whole: true };
  } catch (error) {
    if (error instanceof TransportError) throw error;
    const message = `${reply.url.host} ended the body too early`;
    throw new TransportError('body', message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
