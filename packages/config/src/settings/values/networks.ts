import { BlockList, isIP } from 'node:net';
import { accept, type Issue, quoteFound, reject } from '@registry-cache/domain';
import type { ParseValue } from './value.ts';

const ACCEPTED = 'networks such as 10.0.0.0/8 or fd00::/8, and addresses; no /0';

/** The addresses of IPv4 as IPv6 writes them, the first and the last one (RFC 4291, 2.5.5.2). */
const MAPPED_IPV4 = ['::ffff:0:0', '::ffff:ffff:ffff'];

/**
 * Space-separated networks (CIDR) and addresses; an empty text is an empty list. A network of all
 * addresses is refused, because then every client would be a proxy. So is a network of IPv6 with
 * `::ffff:0:0/96` in it, such as `::/1`: HAProxy finds every address of IPv4 there.
 */
export const parseNetworks: ParseValue<readonly string[]> = (path, text) => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const issues = words.flatMap((word): Issue[] => {
    if (!isNetwork(word)) return [{ path, found: quoteFound(word), accepted: ACCEPTED }];
    if (!hasAllIpv4(word)) return [];
    const found = `${quoteFound(word)}, which has every IPv4 address in it (::ffff:0:0/96)`;
    return [{ path, found, accepted: ACCEPTED }];
  });
  return issues.length > 0 ? reject(...issues) : accept(words);
};

function isNetwork(word: string): boolean {
  const [address = '', length, ...rest] = word.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  if (length === undefined) return true;
  const most = family === 4 ? 32 : 128;
  return /^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= most;
}

function hasAllIpv4(network: string): boolean {
  const [address = '', length = '128'] = network.split('/');
  if (isIP(address) !== 6) return false;
  const addresses = new BlockList();
  addresses.addSubnet(address, Number(length), 'ipv6');
  return MAPPED_IPV4.every((mapped) => addresses.check(mapped, 'ipv6'));
}
