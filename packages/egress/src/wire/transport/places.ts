import ipaddr from 'ipaddr.js';
import { innermostAddress } from './address-class.ts';

/** Hosts that an operator has listed. */
export interface HostList {
  /** `host` in lower case, without a dot at its end. */
  hasName(host: string): boolean;
  /** Also where the address is of IPv4 and stands inside of one of IPv6. */
  hasAddress(address: string): boolean;
}

/** `words` are addresses, networks, names, and `*.example.com` for all names below one. */
export function parseHostList(words: readonly string[]): HostList {
  const networks = words.flatMap(parseNetwork);
  const names = words.map((word) => word.toLowerCase());
  return {
    hasName: (host) =>
      names.some(
        (name) => host === name || (name.startsWith('*.') && host.endsWith(name.slice(1))),
      ),
    hasAddress: (address) => networks.some((one) => contains(one, address)),
  };
}

type Network = ReturnType<typeof ipaddr.parseCIDR>;

function parseNetwork(word: string): Network[] {
  if (ipaddr.isValidCIDR(word)) return [ipaddr.parseCIDR(word)];
  if (!ipaddr.isValid(word)) return [];
  const address = ipaddr.parse(word);
  return [[address, address.kind() === 'ipv4' ? 32 : 128] as Network];
}

function contains([network, bits]: Network, address: string): boolean {
  const inner = innermostAddress(address);
  return inner?.kind() === network.kind() && inner.match(network as never, bits);
}
