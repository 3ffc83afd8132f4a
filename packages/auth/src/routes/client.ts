import type { IncomingMessage, ServerResponse } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Client } from '../credentials/verifier.ts';

/**
 * Who asks: the address as the edge says it, which sets the header whatever a client has sent
 * (templates/auth.lua, templates/haproxy.cfg.hbs), and whether somebody still waits.
 */
export function clientOf(request: IncomingMessage, response: ServerResponse): Client {
  const header = request.headers[INTERNAL_HEADERS.source.key];
  const gone = new AbortController();
  response.once('close', () => gone.abort(new ClientGoneError()));
  return { source: (Array.isArray(header) ? header[0] : header) ?? '', gone: gone.signal };
}

/** Nobody waits for an answer any more. */
class ClientGoneError extends Error {
  readonly code = 'AUTH_CLIENT_GONE';

  constructor() {
    super('the client has gone');
    this.name = 'ClientGoneError';
  }
}
