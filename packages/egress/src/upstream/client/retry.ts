import { setTimeout as delay } from 'node:timers/promises';
import { TransportError } from '../../wire/transport/failure.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import type { OutboundRequest, Reply, Transport } from '../../wire/transport/transport.ts';

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;
const TRANSIENT = new Set([502, 503, 504]);

export interface RetryDeps {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly onRetry: () => void;
}

export const DEFAULT_RETRY: Omit<RetryDeps, 'onRetry'> = {
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
};

/**
 * A transport that sends again, at most twice: if the connection failed or broke at once, and after
 * 502, 503 and 504 without a Retry-After. It does not send again after a timeout, because the caller
 * has lost that time already.
 */
export function retrying(transport: Transport, deps: RetryDeps): Transport {
  const pause = async (attempt: number, signal: AbortSignal): Promise<void> => {
    deps.onRetry();
    // Jitter over the upper half, so that many clients do not come at the same time.
    const ms = FIRST_PAUSE_MS * 2 ** attempt * (0.5 + deps.random() / 2);
    await deps.sleep(ms, signal);
  };
  return {
    async send(request: OutboundRequest): Promise<Reply> {
      for (let attempt = 0; ; attempt += 1) {
        const last = attempt === ATTEMPTS - 1;
        const sent = attempt === 0 ? request : { ...request, resends: attempt };
        const reply = await transport.send(sent).catch((error: unknown) => {
          if (last || !(error instanceof TransportError && error.retryable)) throw error;
          return undefined;
        });
        if (reply !== undefined) {
          const isTransient =
            TRANSIENT.has(reply.status) && replyHeader(reply, 'retry-after') === undefined;
          if (last || !isTransient) return reply;
          await discard(reply);
        }
        await pause(attempt, request.signal);
      }
    },
    close: () => transport.close(),
  };
}
