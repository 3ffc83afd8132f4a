import { type FailurePhase, TransportError } from '../../wire/transport/failure.ts';
import { discard } from '../../wire/transport/reply.ts';
import type { OutboundRequest, Reply, Transport } from '../../wire/transport/transport.ts';
import type { Breaker } from './breaker.ts';
import type { Hosts } from './hosts.ts';

/** Statuses by which a gateway says that the host behind it is down. */
const GATEWAY_ERRORS = new Set([502, 503, 504]);
/** Phases whose failures concern the whole host, unlike those of one body or one redirect. */
const HOST_PHASES = new Set<FailurePhase>(['resolve', 'connect', 'tls', 'proxy', 'headers']);

/** A transport that sends nothing to a host whose circuit is open, and reports outcomes to it. */
export function withHealth(transport: Transport, hosts: Hosts): Transport {
  return {
    async send(request) {
      const breaker = hosts.at(request.url);
      breaker.admit();
      const reply = sendWatched(transport, breaker, request);
      // A blob may begin late. Its clients give up earlier, and join it when they come again.
      if (request.isPatient === true) return reply;
      return breaker.untilOpen(reply, (late) => void discard(late));
    },
    async close() {
      hosts.close();
      await transport.close();
    },
  };
}

/** Reports the outcome to the breaker, even if no caller waits for it any more. */
async function sendWatched(
  transport: Transport,
  breaker: Breaker,
  request: OutboundRequest,
): Promise<Reply> {
  const watch = breaker.begin(request.isPatient);
  try {
    const reply = await transport.send(request);
    if (GATEWAY_ERRORS.has(reply.status))
      watch.gatewayFailed(`${request.url.host} answered ${reply.status}`);
    else {
      watch.answered();
      reply.body.once('end', () => watch.answered());
    }
    return reply;
  } catch (error) {
    if (error instanceof TransportError && HOST_PHASES.has(error.phase))
      watch.failed(error.message);
    throw error;
  } finally {
    watch.end();
  }
}
