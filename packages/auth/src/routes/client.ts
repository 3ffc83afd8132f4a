import type { IncomingMessage, ServerResponse } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Client } from '../credentials/verifier.ts';

/**
 * The client of a request: its address, and whether it still waits. The address comes from the
 * edge, which overwrites the header of the client (templates/auth.lua, templates/haproxy.cfg.hbs).
 */
export function clientOf(request: IncomingMessage, response: ServerResponse): Client {
  const header = request.headers[INTERNAL_HEADERS.source.key];
  const gone = new AbortController();
  response.once('close', () => gone.abort(new ClientGoneError()));
  return { source: (Array.isArray(header) ? header[0] : header) ?? '', gone: gone.signal };
}

/** The client has gone before it got a response. */
class ClientGoneError extends Error {
  readonly code = 'AUTH_CLIENT_GONE';

  constructor() {
    super('the client has gone');
    this.name = 'ClientGoneError';
  }
}
