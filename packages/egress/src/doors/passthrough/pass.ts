import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { answerHeaders, outboundHeaders } from './headers.ts';

/** An upstream takes its time to check a layer of gigabytes before it answers. */
const HEADERS_MS = 600_000;

export interface Passed {
  /** Path and query at the registry, as the client sent them, or a URL of where the registry leads. */
  readonly path: string | URL;
  /** Headers that take the place of the reply's own. */
  readonly onReply?: (reply: Reply) => Record<string, string>;
}

/**
 * One exchange between a client and the registry itself, both bodies streamed, nothing kept and
 * nothing added: no credentials of ours, no redirect followed, no second attempt.
 * @throws RegistryError 400 for a path that could lead elsewhere, TransportError when no answer came, or whatever cut a body short.
 */
export async function pass(
  { upstream, client }: Lease,
  { path, onReply = () => ({}) }: Passed,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { origin } = new URL(upstream.url);
  const hasBody = request.headers['transfer-encoding'] !== undefined || contentLength(request) > 0;
  const reply = await client.pass({
    method: request.method ?? 'GET',
    url: typeof path === 'string' ? joinUrl(origin, path) : path,
    headers: outboundHeaders(request),
    ...(hasBody ? { body: request } : {}),
    headersMs: HEADERS_MS,
    signal: gone.signal,
  });
  const headers = answerHeaders(reply, origin, request.headers.host ?? '');
  response.writeHead(reply.status, { ...headers, ...onReply(reply) });
  await pipeline(reply.body, response);
}

function contentLength({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}
