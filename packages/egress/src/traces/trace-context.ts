import { createHash } from 'node:crypto';
import type { SpanReference } from '../wire/spans.ts';

/** What a client says of the trace that its request is a part of. */
export interface ParentContext extends SpanReference {
  readonly isSampled: boolean;
}

/** W3C Trace Context, level 1: version 00 alone, in lower case. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ZEROS = /^0+$/;
const SAMPLED = 1;

/** Parses a `traceparent`. Undefined for anything that is not one, and for several lines. */
export function parseTraceparent(
  header: string | readonly string[] | undefined,
): ParentContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(String(header)) ?? [];
  if (ZEROS.test(traceId) || ZEROS.test(spanId) || flags === '') return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** The `traceparent` by which another program puts its spans below this one. */
export function formatTraceparent({ traceId, spanId }: SpanReference): string {
  return `00-${traceId}-${spanId}-01`;
}

/**
 * The id of the trace of a request. The edge's own ids are UUIDs, whose digits are the id of the
 * trace. A client's id of another form is hashed.
 */
export function traceIdOf(requestId: string): string {
  const digits = UUID.test(requestId) ? requestId.replaceAll('-', '').toLowerCase() : '';
  if (digits !== '' && !ZEROS.test(digits)) return digits;
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}
