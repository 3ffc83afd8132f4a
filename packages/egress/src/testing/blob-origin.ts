import type { ServerResponse } from 'node:http';
import { digestOf } from '../wire/http/digest.ts';
import type { Seen } from './origin.ts';

export const BLOB = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
export const DIGEST = digestOf(BLOB);
export const PATH = `/v2/team/app/blobs/${DIGEST}`;
export const ETAG = '"version-1"';

/** Serves BLOB, whole or by Range, and stops at the byte `until` of the whole blob. */
export function serveBlob(
  seen: Seen,
  response: ServerResponse,
  until = BLOB.length,
  etag = ETAG,
): void {
  const match = /^bytes=(\d+)-(\d*)$/.exec(seen.headers.range ?? '');
  const first = Number(match?.[1] ?? 0);
  const last = Math.min(Number(match?.[2] || Number.POSITIVE_INFINITY), BLOB.length - 1);
  response.writeHead(match === null ? 200 : 206, {
    etag,
    'accept-ranges': 'bytes',
    'content-length': String(last - first + 1),
    ...(match === null ? {} : { 'content-range': `bytes ${first}-${last}/${BLOB.length}` }),
  });
  if (seen.method === 'HEAD') response.end();
  else if (until > last) response.end(BLOB.subarray(first, last + 1));
  else {
    // The bytes arrive, then the connection breaks.
    const part = BLOB.subarray(first, Math.max(first, until));
    response.write(part, () => response.socket?.end());
  }
}
