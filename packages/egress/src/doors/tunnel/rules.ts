import { networkInterfaces } from 'node:os';
import { classifyAddress, innermostAddress } from '../../wire/transport/address-class.ts';
import { parseHostList } from '../../wire/transport/host-list.ts';

/** The hosts that tunnels must not reach. */
export interface TunnelRules {
  /** `host` is in lower case, without a dot at its end. */
  forbidsName(host: string): boolean;
  forbidsAddress(address: string, port: number): boolean;
}

/** The cache's own listeners. No tunnel may reach them: clients connect to them directly. */
export interface OwnListeners {
  readonly ports: readonly number[];
  /** Called each time, since a network may appear after the start. */
  readonly addresses: () => readonly string[];
}

/**
 * Rules that always forbid loopback, link-local and other special addresses, and a cloud's services
 * that give out its credentials. `words` forbid more: `private`, and the words of `parsePlaces`.
 */
export function parseTunnelRules(words: readonly string[], own: OwnListeners): TunnelRules {
  const places = parseHostList(words);
  const forbidsPrivate = words.some((word) => word.toLowerCase() === 'private');
  return {
    forbidsName: places.hasName,
    forbidsAddress: (address, port) => {
      const kind = classifyAddress(address);
      if (kind !== 'public' && kind !== 'private') return true;
      if (kind === 'private' && forbidsPrivate) return true;
      return places.hasAddress(address) || (own.ports.includes(port) && isOwn(address, own));
    },
  };
}

/** The addresses of this machine or container. */
export function readOwnAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
}

function isOwn(address: string, { addresses }: OwnListeners): boolean {
  const wanted = innermostAddress(address)?.toString();
  return addresses().some((one) => innermostAddress(one)?.toString() === wanted);
}
