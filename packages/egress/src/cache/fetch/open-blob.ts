import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { parseContentRange, parseLength } from '../../wire/http/content-range.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { BlobEndpoint } from './blob-endpoint.ts';
import { SEGMENT_BYTES } from './segmented-download.ts';

/** The first answer: it tells the size, and the first bytes are on their way with it. */
export interface Opening {
  readonly reply: Reply;
  /** Of the whole blob; undefined where the upstream does not say. */
  readonly sizeBytes: number | undefined;
  /** Whether more parts have to be asked for. */
  readonly isPart: boolean;
  readonly roundTripMs: number;
}

/** How a Range is refused: as such, or because an empty blob has no first byte. */
const RANGE_REFUSED = new Set([206, 400, 405, 416, 501]);

/**
 * Asks for the first part, so that one exchange gives headers, size and bytes; where Range is
 * not understood, or all of it is wanted in one piece, for the whole.
 * @throws RegistryError what the upstream said instead; TransportError.
 */
export async function openBlob(
  endpoint: BlobEndpoint,
  key: string,
  now: () => number,
  isInOnePiece = false,
): Promise<Opening> {
  const askedAt = now();
  if (isInOnePiece) return askWhole(endpoint, key, askedAt, now);
  const reply = await endpoint.ask(`bytes=0-${SEGMENT_BYTES - 1}`);
  const roundTripMs = now() - askedAt;
  if (reply.status === 200) return whole(reply, roundTripMs);
  const part = reply.status === 206 ? replyHeader(reply, 'content-range') : undefined;
  const { first, last, total } = parseContentRange(part) ?? {};
  if (first === 0 && total !== undefined && last === Math.min(SEGMENT_BYTES, total) - 1) {
    return { reply, sizeBytes: total, isPart: last < total - 1, roundTripMs };
  }
  if (!RANGE_REFUSED.has(reply.status)) throw await upstreamError(reply, key, 'blob');
  // Another part than the one asked for may be long.
  if (reply.status === 206) reply.body.destroy();
  else await discard(reply);
  return askWhole(endpoint, key, askedAt, now);
}

async function askWhole(
  endpoint: BlobEndpoint,
  key: string,
  askedAt: number,
  now: () => number,
): Promise<Opening> {
  const reply = await endpoint.ask(undefined);
  if (reply.status !== 200) throw await upstreamError(reply, key, 'blob');
  return whole(reply, now() - askedAt);
}

function whole(reply: Reply, roundTripMs: number): Opening {
  const sizeBytes = parseLength(replyHeader(reply, 'content-length'));
  return { reply, sizeBytes, isPart: false, roundTripMs };
}
