import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { splitDigest } from '@registry-cache/domain';
import {
  type InterruptibleServer,
  type InterruptibleServerOptions,
  listenInterruptible,
} from './interruptible-server.ts';

export interface CdnOptions extends Omit<InterruptibleServerOptions, 'onRequest'> {
  /** The storage of the registry whose blobs it serves. */
  readonly storageDir: string;
}

export interface CdnRequest {
  readonly method: string;
  readonly digest: string;
  readonly status: number;
  /** The Authorization header that arrived: a leak, wherever there is one. */
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface Cdn extends InterruptibleServer {
  readonly seen: readonly CdnRequest[];
  /** Where a blob is; at `base`, if a fault proxy stands before the CDN. */
  signedUrl(digest: string, base?: string): string;
  /** From now on no URL signed before is good any more. */
  expireSignatures(): void;
}

/** Starts a blob server as public registries redirect to: signed URLs, no credentials, Range. */
export async function startCdn(options: CdnOptions): Promise<Cdn> {
  const seen: CdnRequest[] = [];
  let key = randomBytes(32);
  const sign = (digest: string) => createHmac('sha256', key).update(digest).digest();
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = request;
    const { pathname, searchParams } = new URL(url, 'http://cdn');
    const digest = pathname.replace('/blob/', '');
    const given = Buffer.from(searchParams.get('signature') ?? '', 'hex');
    const isGood = given.length === 32 && timingSafeEqual(given, sign(digest));
    const plan = isGood
      ? await planResponse(blobPath(options.storageDir, digest), headers.range)
      : { status: 403, headers: {} };
    const { authorization, range } = headers;
    seen.push({ method, digest, status: plan.status, authorization, range });
    response.writeHead(plan.status, plan.headers);
    if (method === 'HEAD' || plan.file === undefined) response.end();
    else await pipeline(createReadStream(plan.file.path, plan.file), response);
  };
  const server = await listenInterruptible({ ...options, onRequest });
  return {
    ...server,
    seen,
    signedUrl: (digest, base = server.url) =>
      `${base}/blob/${digest}?signature=${sign(digest).toString('hex')}`,
    expireSignatures: () => {
      key = randomBytes(32);
    },
  };
}

interface ResponsePlan {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly file?: { readonly path: string; readonly start: number; readonly end: number };
}

/** One range or none: `bytes=N-` and `bytes=N-M`. */
async function planResponse(path: string, range: string | undefined): Promise<ResponsePlan> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => undefined,
  );
  if (size === undefined) return { status: 404, headers: {} };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  const start = Number(from ?? 0);
  const end = to ? Math.min(Number(to), size - 1) : size - 1;
  if (start > end) return { status: 416, headers: { 'content-range': `bytes */${size}` } };
  return {
    status: from === undefined ? 200 : 206,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(end - start + 1),
      'accept-ranges': 'bytes',
      ...(from !== undefined && { 'content-range': `bytes ${start}-${end}/${size}` }),
    },
    file: { path, start, end },
  };
}

function blobPath(storageDir: string, digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return join(storageDir, 'docker/registry/v2/blobs', algorithm, hex.slice(0, 2), hex, 'data');
}
