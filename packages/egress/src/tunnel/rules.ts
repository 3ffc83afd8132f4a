import ipaddr from 'ipaddr.js';
import { classifyAddress, innermostAddress } from '../transport/address-class.ts';

/** Where the proxy must not lead its clients. */
export interface TunnelRules {
  /** `host` in lower case, without a dot at its end. */
  forbidsName(host: string): boolean;
  forbidsAddress(address: string): boolean;
}

/**
 * Loopback, link-local and what else is nobody's own are always forbidden. `words` add to that:
 * `private`, addresses, networks, names, and `*.example.com` for all names below one.
 */
export function parseTunnelRules(words: readonly string[]): TunnelRules {
  const networks = words.flatMap(parseNetwork);
  const names = words.map((word) => word.toLowerCase());
  const forbidsPrivate = names.includes('private');
  return {
    forbidsName: (host) =>
      names.some(
        (name) => host === name || (name.startsWith('*.') && host.endsWith(name.slice(1))),
      ),
    forbidsAddress: (address) => {
      const kind = classifyAddress(address);
      if (kind === 'loopback' || kind === 'inner') return true;
      return (
        (kind === 'private' && forbidsPrivate) || networks.some((one) => contains(one, address))
      );
    },
  };
}

type Network = ReturnType<typeof ipaddr.parseCIDR>;

function parseNetwork(word: string): Network[] {
  if (ipaddr.isValidCIDR(word)) return [ipaddr.parseCIDR(word)];
  if (!ipaddr.isValid(word)) return [];
  const address = ipaddr.parse(word);
  return [[address, address.kind() === 'ipv4' ? 32 : 128] as Network];
}

/** Also where the network is of IPv4 and stands inside of an address of IPv6. */
function contains([network, bits]: Network, address: string): boolean {
  const inner = innermostAddress(address);
  return inner?.kind() === network.kind() && inner.match(network as never, bits);
}
