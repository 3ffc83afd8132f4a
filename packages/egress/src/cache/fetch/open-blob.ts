import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { parseContentRange, parseLength } from '../../wire/http/content-range.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { BlobEndpoint } from './blob-endpoint.ts';
import { SEGMENT_BYTES } from './segmented-download.ts';

/** The first reply of a fetch. It gives the size, and its body has the first bytes. */
export interface Opening {
  readonly reply: Reply;
  /** The size of the whole blob; undefined if the upstream does not give it. */
  readonly sizeBytes: number | undefined;
  /** Whether more parts have to be asked for. */
  readonly isPart: boolean;
  /** The part of the reply, from its first byte to its last. */
  readonly first: FirstPart;
  readonly roundTripMs: number;
}

/** A part of a body, from its first byte to its last, both included. */
export interface FirstPart {
  readonly start: number;
  readonly end: number;
}

const BEGINNING: FirstPart = { start: 0, end: SEGMENT_BYTES - 1 };

/** The statuses that refuse a Range. An empty blob has no first byte, which gives 416. */
const RANGE_REFUSED = new Set([206, 400, 405, 416, 501]);

/**
 * Asks for the first part, so that one exchange gives headers, size and bytes. Asks for the whole
 * blob where the upstream refuses Range, or where the caller wants one piece.
 * @param key the upstream's name, for messages.
 * @param wanted the first part that is missing.
 * @throws RegistryError for an upstream's error; TransportError.
 */
export async function openBlob(
  endpoint: BlobEndpoint,
  key: string,
  now: () => number,
  isInOnePiece = false,
  wanted = BEGINNING,
): Promise<Opening> {
  const askedAt = now();
  if (isInOnePiece) return askWhole(endpoint, key, askedAt, now);
  const reply = await endpoint.ask(`bytes=${wanted.start}-${wanted.end}`);
  const roundTripMs = now() - askedAt;
  if (reply.status === 200) return whole(reply, roundTripMs);
  const part = reply.status === 206 ? replyHeader(reply, 'content-range') : undefined;
  const { first, last, total } = parseContentRange(part) ?? {};
  const { start, end } = wanted;
  if (first === start && total !== undefined && last === Math.min(end, total - 1)) {
    const isPart = start > 0 || last < total - 1;
    return { reply, sizeBytes: total, isPart, first: wanted, roundTripMs };
  }
  if (!RANGE_REFUSED.has(reply.status)) throw await upstreamError(reply, key, 'blob');
  // A part that was not requested may be long, so its connection is closed.
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
  return { reply, sizeBytes, isPart: false, first: BEGINNING, roundTripMs };
}
