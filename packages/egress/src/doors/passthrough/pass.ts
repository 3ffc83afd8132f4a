import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { formatDuration } from '@registry-cache/domain';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { TransportError } from '../../wire/transport/failure.ts';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { originFor } from './origin.ts';
import { watchTaking } from './watch-taking.ts';

/** A registry checks a pushed layer of gigabytes before it answers. */
const HEADERS_MS = 600_000;

export interface PassOptions {
  /** Path and query at the registry as the client sent them, or the URL of its token service. */
  readonly path: string | URL;
  /** How long the registry may take nothing of the body, in milliseconds. */
  readonly sendMs: number;
  /** Headers that replace those of the reply. */
  readonly onReply?: (reply: Reply) => Record<string, string>;
}

/**
 * Passes one exchange between a client and the registry through. It streams both bodies and stores
 * nothing. It adds no credentials, follows no redirect, and never tries twice.
 * @throws RegistryError 400 for a path that could lead elsewhere; TransportError without a reply;
 * the error that cut a body short.
 */
export async function pass(
  { upstream, client }: Lease,
  { path, sendMs, onReply = () => ({}) }: PassOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const host = request.headers.host ?? '';
  const origin = originFor(upstream.url, host, typeof path === 'string' ? path : '/v2/');
  const giveUp = () => {
    const message = `${new URL(origin).host} took nothing of a body within ${formatDuration(sendMs)}`;
    gone.abort(new TransportError('body', message, { timedOut: true }));
  };
  const hasBody = request.headers['transfer-encoding'] !== undefined || contentLength(request) > 0;
  const reply = await client.pass({
    method: request.method ?? 'GET',
    url: typeof path === 'string' ? joinUrl(origin, path) : path,
    headers: requestHeaders(request),
    ...(hasBody && { body: watchTaking(request, sendMs, giveUp) }),
    headersMs: HEADERS_MS,
    signal: gone.signal,
  });
  const headers = responseHeaders(reply, origin, host);
  response.writeHead(reply.status, { ...headers, ...onReply(reply) });
  await pipeline(reply.body, response);
}

function contentLength({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}
