import type { EgressUpstream } from '@registry-cache/domain';
import type { Logins } from '../auth/logins.ts';
import { SchemeMemory } from '../auth/scheme-memory.ts';
import { TokenCache } from '../auth/token-cache.ts';
import type { SendToRealm } from '../auth/token-request.ts';
import { type PhaseTimeouts, TransportError } from '../transport/failure.ts';
import type { OutboundRequest, Reply, Transport } from '../transport/transport.ts';
import { sendAuthorized } from './authorize.ts';
import { withDeadline } from './deadline.ts';
import { sendFollowing } from './redirect.ts';
import { type RetryTools, retrying } from './retry.ts';

/** One question to an upstream. */
export interface Ask {
  readonly method: 'GET' | 'HEAD';
  /** With its query: `/v2/library/debian/tags/list?n=10`. */
  readonly path: string;
  readonly repository: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

export interface UpstreamClient {
  /**
   * Authorised, redirects followed, short failures repeated; any status may come back.
   * @throws TransportError, TokenRefusedError, or Error where a helper or token service misbehaves.
   */
  fetch(ask: Ask): Promise<Reply>;
  /**
   * As it is and once: a client's own exchange with the registry.
   * @throws TransportError when no answer came.
   */
  pass(request: OutboundRequest): Promise<Reply>;
  close(): Promise<void>;
}

export interface ClientTools {
  readonly transport: Transport;
  readonly logins: Logins;
  readonly timeouts: PhaseTimeouts;
  readonly retry: RetryTools;
  readonly now: () => number;
  readonly onTokenFetch: (outcome: 'ok' | 'error') => void;
}

/** The answer to one question, tokens and redirects included, takes at most this many times connect + headers. */
const PATIENCE = 3;

export function createUpstreamClient(upstream: EgressUpstream, tools: ClientTools): UpstreamClient {
  const { transport, logins, timeouts, retry, now, onTokenFetch } = tools;
  const steady = retrying(transport, retry);
  const memory = new SchemeMemory();
  const tokens = new TokenCache(now);
  const origin = new URL(upstream.url).origin;
  const limitMs = PATIENCE * (timeouts.connectMs + timeouts.headersMs);
  const late = () =>
    new TransportError('headers', `no whole answer from ${upstream.key} in time`, {
      timedOut: true,
    });

  // Shared by all that wait for the token, so no single client's signal may end it.
  const sendToRealm: SendToRealm = (request) =>
    withDeadline(limitMs, undefined, late, async (signal) => {
      if (new URL(origin).protocol === 'https:' && request.url.protocol === 'http:') {
        throw new TransportError(
          'guard',
          `refused to send credentials to ${request.url.host} over plain http`,
        );
      }
      const reply = await (request.method === 'POST'
        ? steady.send({ ...request, signal })
        : sendFollowing(steady, { ...request, signal })
      ).catch((error: unknown) => {
        onTokenFetch('error');
        throw error;
      });
      onTokenFetch(reply.status === 200 ? 'ok' : 'error');
      return reply;
    });

  return {
    fetch: ({ method, path, repository, headers, signal: wanted }) =>
      withDeadline(limitMs, wanted, late, (signal) => {
        const url = new URL(path, origin);
        const parts = { upstreamId: upstream.id, origin, logins, memory, tokens, sendToRealm };
        return sendAuthorized(parts, repository, (authorization) =>
          sendFollowing(steady, {
            method,
            url,
            headers: authorization === undefined ? headers : { ...headers, authorization },
            signal,
          }),
        );
      }),
    pass: (request) => transport.send(request),
    close: () => steady.close(),
  };
}
