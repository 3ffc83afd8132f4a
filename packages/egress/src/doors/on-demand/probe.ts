import { sendFollowing } from '../../upstream/client/redirect.ts';
import type { LookupAll } from '../../wire/transport/connector.ts';
import type { PhaseTimeouts } from '../../wire/transport/failure.ts';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { ProxyEnvironment } from '../../wire/transport/proxy-rules.ts';
import { discard } from '../../wire/transport/reply.ts';
import { createTransport } from '../../wire/transport/transport.ts';
import { refusal } from '../server/refusal.ts';

/** What a registry says to `/v2/` of somebody it does not know. */
const REGISTRY_STATUSES = new Set([200, 401, 403]);

/** The world outside, as egress itself has it. */
interface ProbeDeps {
  readonly env: ProxyEnvironment;
  readonly lookup: LookupAll;
}

/**
 * Asks whether there is a registry at all, before a name that anybody may have typed becomes an
 * upstream with programs of its own.
 * @throws TransportError where nothing answers or must not be asked, RegistryError where it is none.
 */
export type Probe = (host: string) => Promise<void>;

/** Each question has connections of its own: whom it goes to is no upstream yet. */
export function createProbe(
  ca: string,
  timeouts: PhaseTimeouts,
  { env, lookup }: ProbeDeps,
): Probe {
  return async (host) => {
    const origin = `https://${host}`;
    const transport = createTransport({
      ...{ origin, ca, timeouts, env, lookup, isGuarded: true },
    });
    const signal = AbortSignal.timeout(timeouts.connectMs + timeouts.headersMs);
    const url = joinUrl(origin, '/v2/');
    try {
      const reply = await sendFollowing(transport, { method: 'GET', url, headers: {}, signal });
      await discard(reply);
      if (!REGISTRY_STATUSES.has(reply.status)) {
        const message = `${host} is no registry: it answers ${reply.status} to /v2/`;
        throw refusal(404, 'on-demand', message);
      }
    } finally {
      await transport.close();
    }
  };
}
