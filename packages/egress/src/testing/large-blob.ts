import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { digestOf } from '../wire/http/digest.ts';
import { type Origin, type OriginHandler, type Seen, startOrigin } from './origin.ts';

const PIECE_BYTES = 64 * 1024;

/** Larger than the tail buffer and than two parts; no two pieces of it are the same. */
export const LARGE = Buffer.concat(
  Array.from({ length: 10 * 16 + 1 }, (_, index) => {
    const word = createHash('sha256').update(`piece ${index}`).digest();
    return Buffer.alloc(PIECE_BYTES, word);
  }),
).subarray(0, -12_345);
export const LARGE_DIGEST = digestOf(LARGE);
export const LARGE_PATH = `/v2/team/app/blobs/${LARGE_DIGEST}`;

export interface LargeBlobState {
  /** Body bytes sent so far. */
  sentBytes: number;
  /** The origin stops before this byte of the blob until the number is raised. */
  gate: number;
  /** The bytes to send: LARGE, or others of a test. */
  content: Buffer;
}

/** Serves LARGE by Range, a piece at a time. `first` may answer a request instead. */
export async function startLargeBlobOrigin(
  first: (seen: Seen, response: ServerResponse) => boolean = () => false,
): Promise<Origin & { readonly state: LargeBlobState }> {
  const state: LargeBlobState = { sentBytes: 0, gate: Number.POSITIVE_INFINITY, content: LARGE };
  const handle: OriginHandler = async (seen, response) => {
    if (seen.url === '/v2/') return void response.end('{}');
    if (first(seen, response)) return;
    const { content } = state;
    const match = /^bytes=(\d+)-(\d*)$/.exec(seen.headers.range ?? '');
    const start = Number(match?.[1] ?? 0);
    const end = Math.min(Number(match?.[2] || content.length - 1), content.length - 1);
    response.writeHead(match === null ? 200 : 206, {
      'content-length': String(end + 1 - start),
      ...(match === null ? {} : { 'content-range': `bytes ${start}-${end}/${content.length}` }),
    });
    response.flushHeaders();
    if (seen.method === 'HEAD') return void response.end();
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    for (let position = start; position <= end && !response.destroyed; ) {
      const next = Math.min(position + PIECE_BYTES, end + 1);
      while (next > state.gate && !response.destroyed) await turn();
      state.sentBytes += next - position;
      if (!response.write(content.subarray(position, next))) {
        await Promise.race([new Promise((resolve) => response.once('drain', resolve)), gone]);
      }
      position = next;
    }
    response.end();
  };
  const origin = await startOrigin(handle);
  return Object.assign(origin, { state });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
