import { networkInterfaces } from 'node:os';
import { classifyAddress, innermostAddress } from '../../wire/transport/address-class.ts';
import { parseHostList } from '../../wire/transport/host-list.ts';

/** Where the proxy must not lead its clients. */
export interface TunnelRules {
  /** `host` in lower case, without a dot at its end. */
  forbidsName(host: string): boolean;
  forbidsAddress(address: string, port: number): boolean;
}

/** The cache's own listeners, which no tunnel may reach: a client has them by itself. */
export interface OwnListeners {
  readonly ports: readonly number[];
  /** Read each time: a network may come later than this program. */
  readonly addresses: () => readonly string[];
}

/**
 * Loopback, link-local and what else is nobody's own are always forbidden, and so are the services
 * of a cloud that give out its credentials. `words` add to that: `private`, and the words of `Places`.
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

/** The addresses of this machine, or container. */
export function listOwnAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
}

function isOwn(address: string, { addresses }: OwnListeners): boolean {
  const wanted = innermostAddress(address)?.toString();
  return addresses().some((one) => innermostAddress(one)?.toString() === wanted);
}
