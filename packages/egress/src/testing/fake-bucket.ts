import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BucketOptions } from '@registry-cache/domain';

interface StoredObject {
  bytes: Buffer;
  /** Milliseconds since the epoch. */
  modifiedMs: number;
}

/** A service that speaks so much of S3 as egress uses, with faults. It checks hashes, and no keys. */
export interface FakeBucket extends AsyncDisposable {
  /** By their keys, without the bucket. */
  readonly objects: Map<string, StoredObject>;
  readonly options: BucketOptions;
  /** Environment variables with credentials. */
  readonly credentials: Record<string, string>;
  /** A status for all requests; `silent` for no answer at all; `cut` for half of each body; `slow` for some bytes a second. */
  trouble: number | 'silent' | 'cut' | 'slow' | undefined;
  /** Refuses single requests. */
  refuse: (request: FakeRequest) => FakeRefusal | undefined;
  /** How far the clock of the service is ahead. It refuses requests of other times, as S3 does. */
  aheadMs: number;
}

export interface FakeRequest {
  readonly method: string;
  readonly key: string;
  /** Behind the question mark, such as `lifecycle=`. */
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
}

interface FakeRefusal {
  readonly status: number;
  /** Such as `ExpiredToken`. It stands in the body, which an answer to HEAD lacks. */
  readonly code: string;
}

const MAX_SKEW_MS = 900_000;

export async function startFakeBucket(): Promise<FakeBucket> {
  const objects = new Map<string, StoredObject>();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request;
    const key = decodeURIComponent(url.split('?', 1)[0] ?? '').replace(/^\/cache\/?/, '');
    const body = await buffer(request).catch(() => undefined);
    if (it.trouble === 'silent' || body === undefined) return;
    if (typeof it.trouble === 'number') return fail(response, it.trouble, 'Trouble', method);
    const { headers } = request;
    response.setHeader('date', new Date(Date.now() + it.aheadMs).toUTCString());
    if (Math.abs(sentMs(headers) - Date.now() - it.aheadMs) > MAX_SKEW_MS) {
      return fail(response, 403, 'RequestTimeTooSkewed', method);
    }
    const [, query = ''] = url.split('?', 2);
    const refusal = it.refuse({ method, key, query, headers });
    if (refusal !== undefined) return fail(response, refusal.status, refusal.code, method);
    if (url.includes('lifecycle')) return fail(response, 501, 'NotImplemented', method);
    if (method === 'PUT') return put(request, response, key, body);
    if (method === 'DELETE') {
      objects.delete(key);
      return void response.writeHead(204).end();
    }
    const found = objects.get(key);
    if (found === undefined) return fail(response, 404, 'NoSuchKey', method);
    send(request, response, found, it.trouble);
  };
  const put = (request: IncomingMessage, response: ServerResponse, key: string, body: Buffer) => {
    const source = request.headers['x-amz-copy-source'];
    const given = request.headers['x-amz-content-sha256'];
    const from = objects.get(decodeURIComponent(String(source)).replace(/^cache\//, ''));
    if (source !== undefined && from === undefined) return fail(response, 404, 'NoSuchKey', 'PUT');
    const bytes = from?.bytes ?? body;
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (source === undefined && given !== hash) {
      return fail(response, 400, 'XAmzContentSHA256Mismatch', 'PUT');
    }
    objects.set(key, { bytes, modifiedMs: Date.now() });
    const copied = '<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>';
    response.writeHead(200, { etag: '"1"' }).end(source === undefined ? '' : copied);
  };
  const server = createServer((request, response) => void serve(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const it: FakeBucket = {
    objects,
    options: {
      name: 'cache',
      prefix: '',
      endpoint: `http://127.0.0.1:${port}`,
      isPathStyle: true,
      expireMs: 30 * 86_400_000,
      ca: '',
    },
    credentials: { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' },
    trouble: undefined,
    refuse: () => undefined,
    aheadMs: 0,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  return it;
}

/** When a request was signed: `20260102T030405Z`. */
function sentMs(headers: IncomingMessage['headers']): number {
  const date = String(headers['x-amz-date']);
  return Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
}

function fail(response: ServerResponse, status: number, code: string, method: string): void {
  const body = `<Error><Code>${code}</Code><Message>no</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(method === 'HEAD' ? '' : body);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, modifiedMs }: StoredObject,
  trouble: FakeBucket['trouble'],
): void {
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const first = Number(match?.[1] ?? 0);
  if (match !== null && first >= bytes.length) {
    fail(response, 416, 'InvalidRange', 'GET');
    return;
  }
  const last = Math.min(Number(match?.[2] || Number.POSITIVE_INFINITY), bytes.length - 1);
  response.writeHead(match === null ? 200 : 206, {
    'last-modified': new Date(modifiedMs).toUTCString(),
    etag: '"1"',
    'content-length': String(last - first + 1),
    ...(match !== null && { 'content-range': `bytes ${first}-${last}/${bytes.length}` }),
  });
  const part = bytes.subarray(first, last + 1);
  if (request.method === 'HEAD') response.end();
  else if (trouble === 'slow') void sendSlowly(response, part);
  else if (trouble !== 'cut') response.end(part);
  else response.write(part.subarray(0, part.length / 2), () => response.socket?.destroy());
}

/** Ten bytes at a time, five times a second. */
async function sendSlowly(response: ServerResponse, bytes: Buffer): Promise<void> {
  for (let start = 0; start < bytes.length && !response.destroyed; start += 10) {
    response.write(bytes.subarray(start, start + 10));
    await sleep(200);
  }
  response.end();
}
