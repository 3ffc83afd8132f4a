import { createServer, type Server } from 'node:http';
import type { Handler } from './handler.ts';

/** In milliseconds; 0 for no limit. */
export interface ServerTimers {
  /** For a request with its body. */
  readonly requestMs: number;
  /** For a request's head. */
  readonly headersMs: number;
  /** How often the two above are looked at. */
  readonly checkEveryMs: number;
  /** Of an idle connection. */
  readonly keepAliveMs: number;
}

/**
 * A push of gigabytes over a slow line takes as long as it takes: Node.js would end it after five
 * minutes. The edge and egress' own transport end what makes no progress.
 * Idle connections stay longer than callers keep them (nginx 60 s), so that callers close first.
 */
export const SERVER_TIMERS: ServerTimers = {
  requestMs: 0,
  headersMs: 30_000,
  checkEveryMs: 10_000,
  keepAliveMs: 90_000,
};

/** What waits for one caller: about what a socket takes at once, so that few writes are needed. */
const PENDING_BYTES = 256 * 1024;

/** More than the edge lets through (templates/haproxy-request.partial.hbs), which refuses in words. */
const MAX_HEADER_BYTES = 128 * 1024;

/** A server for callers of this machine; `onDefect` hears of what the handler throws. */
export function createHopServer(
  handler: Handler,
  onDefect: (error: unknown) => void,
  { requestMs, headersMs, checkEveryMs, keepAliveMs }: ServerTimers = SERVER_TIMERS,
): Server {
  const options = {
    requestTimeout: requestMs,
    headersTimeout: headersMs,
    connectionsCheckingInterval: checkEveryMs,
    keepAliveTimeout: keepAliveMs,
    highWaterMark: PENDING_BYTES,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  return createServer(options, (request, response) => {
    handler(request, response).catch((error: unknown) => {
      onDefect(error);
      response.destroy();
    });
  });
}
