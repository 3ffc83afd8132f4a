import { type FailurePhase, TransportError } from '../../wire/transport/failure.ts';
import { discard } from '../../wire/transport/reply.ts';
import type { OutboundRequest, Reply, Transport } from '../../wire/transport/transport.ts';
import type { Breaker } from './breaker.ts';
import type { Hosts } from './hosts.ts';

/** How gateways say that what is behind them is down. */
const DOWN = new Set([502, 503, 504]);
/** Failures that say something about the host, and not about one body or one redirect. */
const TELLING = new Set<FailurePhase>(['resolve', 'connect', 'tls', 'proxy', 'headers']);

/** A transport that asks no host that is known to be ill, and learns of their health by asking. */
export function withHealth(transport: Transport, hosts: Hosts): Transport {
  return {
    async send(request) {
      const breaker = hosts.at(request.url);
      breaker.admit();
      const asked = askWatched(transport, breaker, request);
      // Who waits for a blob may wait for long, and joins it later.
      if (request.isPatient === true) return asked;
      return breaker.untilOpen(asked, (late) => void discard(late));
    },
    async close() {
      hosts.close();
      await transport.close();
    },
  };
}

/** What is heard counts for the host, also when nobody waits for it any more. */
async function askWatched(
  transport: Transport,
  breaker: Breaker,
  request: OutboundRequest,
): Promise<Reply> {
  const watch = breaker.begin(request.isPatient);
  try {
    const reply = await transport.send(request);
    if (DOWN.has(reply.status)) watch.gatewayFailed(`${request.url.host} answered ${reply.status}`);
    else {
      watch.answered();
      reply.body.once('end', () => watch.answered());
    }
    return reply;
  } catch (error) {
    if (error instanceof TransportError && TELLING.has(error.phase)) watch.failed(error.message);
    throw error;
  } finally {
    watch.end();
  }
}
