import { createServer, type Server } from 'node:http';
import type { Handler } from './handler.ts';

/** Times in milliseconds; 0 means no limit. */
export interface ServerTimers {
  /** Limit for a request with its body. */
  readonly requestMs: number;
  /** Limit for the head of a request. */
  readonly headersMs: number;
  /** How often the server checks the two limits above. */
  readonly checkEveryMs: number;
  /** How long an idle connection stays open. */
  readonly keepAliveMs: number;
}

/**
 * A push of gigabytes over a slow line needs its time, and Node.js would end it after five minutes.
 * The edge and the transport of egress end bodies without progress.
 * Idle connections stay longer than callers keep them (nginx 60 s), so that callers close first.
 */
export const SERVER_TIMERS: ServerTimers = {
  requestMs: 0,
  headersMs: 30_000,
  checkEveryMs: 10_000,
  keepAliveMs: 90_000,
};

/** Bytes that wait for one caller: about as many as a socket takes at once, for few writes. */
const PENDING_BYTES = 256 * 1024;

/** More than the edge accepts (templates/haproxy-request.partial.hbs): its refusal says why. */
const MAX_HEADER_BYTES = 128 * 1024;

/** A server for callers on this machine. `onDefect` gets any error of the handler. */
export function createLocalServer(
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
