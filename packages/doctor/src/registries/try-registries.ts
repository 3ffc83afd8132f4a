import type { Probe, ProbedRegistry, RegistryProbe } from '@registry-cache/egress/probe';
import { answersSmall } from '../reach/small-question.ts';
import { type ReachedAddress, reachAddresses } from '../reach/tcp.ts';

/** What a pull would meet at a registry, and what the addresses behind its name do. */
export interface TriedRegistry extends ProbedRegistry {
  readonly hasCredential: boolean;
  /** When the credential says that it ends, in milliseconds since the epoch. */
  readonly credentialEndsMs: number | undefined;
  /** A connection to each address of the registry, or of the proxy before it. */
  readonly reached: readonly ReachedAddress[];
  /**
   * Whether a host that takes connections and stalls in TLS answers something small. Undefined
   * where that was not tried.
   */
  readonly answersSmall: boolean | undefined;
}

/** So many registries at a time. Each costs a handful of requests. */
const AT_ONCE = 12;

export async function tryRegistries({ registries }: Probe): Promise<TriedRegistry[]> {
  const rest = [...registries.entries()];
  const found: TriedRegistry[] = [];
  const work = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const [index, registry] = next;
      found[index] = await tryRegistry(registry);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

async function tryRegistry(registry: RegistryProbe): Promise<TriedRegistry> {
  const { hasCredential, credentialEndsMs } = registry;
  const probed = await registry.run();
  const reached = await reachAddresses(probed.lookup.addresses, portOf(probed));
  return {
    ...probed,
    hasCredential,
    credentialEndsMs,
    reached,
    answersSmall: await trySmall(probed, reached),
  };
}

/** Only where the connection is made and the handshake is not. */
async function trySmall(
  { first, origin, proxy }: ProbedRegistry,
  reached: readonly ReachedAddress[],
): Promise<boolean | undefined> {
  const isLate = first.kind === 'failure' && first.phase === 'connect' && first.timedOut;
  const open = reached.find(({ outcome }) => outcome === 'open');
  if (!isLate || open === undefined || proxy !== undefined) return undefined;
  return origin.startsWith('https:') ? answersSmall(open) : undefined;
}

function portOf({ origin, proxy }: ProbedRegistry): number {
  const { protocol, port } = new URL(proxy === undefined ? origin : `http://${proxy}`);
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
