import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import { type Interface, readInterfaces } from '../machine/interfaces.ts';
import type { TriedRegistry } from '../registries/try-registries.ts';

/** Handshakes that stall in a connection which was made. */
export function findMtuFaults(
  registries: readonly Pick<TriedRegistry, 'name' | 'answersSmall'>[],
  interfaces: readonly Interface[],
): Finding[] {
  const here = interfaces.map(({ name, mtu }) => `${name} ${mtu}`).join(', ');
  return registries.flatMap(({ name, answersSmall }) => {
    if (answersSmall === undefined) return [];
    if (!answersSmall) {
      const found = 'a connection, and no answer in it';
      return [buildFinding('tls-silent', { subject: name, found })];
    }
    const found = `small answers, and none to the TLS handshake; MTU here: ${here}`;
    return [buildFinding('mtu-drops', { subject: name, found })];
  });
}

export async function checkMtu({ probe, registries }: CheckContext): Promise<CheckOutcome> {
  if (probe === undefined) return INPUT_IS_BROKEN;
  const interfaces = await readInterfaces();
  const here = interfaces.map(({ name, mtu }) => `${name} ${mtu}`).join(', ');
  return tried(`${here}`, findMtuFaults(await registries(), interfaces));
}
