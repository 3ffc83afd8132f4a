import ipaddr from 'ipaddr.js';
import { innermostAddress } from './address-class.ts';

/** A list of hosts by the operator. */
export interface HostList {
  /** @param host in lower case, without a dot at its end. */
  hasName(host: string): boolean;
  /** Also finds an IPv4 address that is embedded in an IPv6 address. */
  hasAddress(address: string): boolean;
}

/** @param words addresses, networks, names, and `*.example.com` for all names below one. */
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
