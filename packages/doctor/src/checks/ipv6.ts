import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import type { ReachedAddress } from '../reach/tcp.ts';
import type { TriedRegistry } from '../registries/try-registries.ts';

/** A family of addresses that swallows connections while the other one works. */
export function findFamilyFaults(
  registries: readonly Pick<TriedRegistry, 'name' | 'reached'>[],
): Finding[] {
  return registries.flatMap(({ name, reached }) => {
    const [v4, v6] = [4, 6].map((family) => reached.filter((one) => one.family === family));
    if (isSwallowed(v6) && isOpen(v4)) {
      return [buildFinding('ipv6-black-hole', { subject: name, found: describe(v6) })];
    }
    if (isSwallowed(v4) && isOpen(v6)) {
      return [buildFinding('ipv4-black-hole', { subject: name, found: describe(v4) })];
    }
    return [];
  });
}

/** A family without a route fails at once, and costs nobody any time. */
function isSwallowed(addresses: readonly ReachedAddress[] = []): boolean {
  return addresses.length > 0 && addresses.every(({ outcome }) => outcome === 'late');
}

function isOpen(addresses: readonly ReachedAddress[] = []): boolean {
  return addresses.some(({ outcome }) => outcome === 'open');
}

function describe(addresses: readonly ReachedAddress[] = []): string {
  return `no connection to ${addresses.map(({ address }) => address).join(', ')}`;
}

export async function checkIpv6({ probe, registries }: CheckContext): Promise<CheckOutcome> {
  if (probe === undefined) return INPUT_IS_BROKEN;
  const all = await registries();
  const count = all.filter(({ reached }) => reached.some(({ family }) => family === 6)).length;
  return tried(`${count} of ${all.length} have IPv6`, findFamilyFaults(all));
}
