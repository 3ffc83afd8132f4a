import { sendFollowing } from '../../upstream/client/redirect.ts';
import type { LookupAll } from '../../wire/transport/connector.ts';
import type { PhaseTimeouts } from '../../wire/transport/failure.ts';
import { joinUrl } from '../../wire/transport/join-url.ts';
import type { ProxyEnvironment } from '../../wire/transport/proxy-rules.ts';
import { discard } from '../../wire/transport/reply.ts';
import { createTransport } from '../../wire/transport/transport.ts';
import { refusal } from '../server/refusal.ts';

/** The statuses by which a registry answers `/v2/` to a stranger. */
const REGISTRY_STATUSES = new Set([200, 401, 403]);

interface ProbeDeps {
  readonly env: ProxyEnvironment;
  readonly lookup: LookupAll;
}

/**
 * Checks that a host is a registry. Any client may have typed its name, and an upstream costs
 * programs of its own.
 * @throws TransportError if the host does not answer or must not be asked; RegistryError if it is
 * not a registry.
 */
export type Probe = (host: string) => Promise<void>;

/** Each probe uses connections of its own, since its host is not an upstream yet. */
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
        const message = `${host} is not a registry: it answers ${reply.status} to /v2/`;
        throw refusal(404, 'on-demand', message);
      }
    } finally {
      await transport.close();
    }
  };
}
