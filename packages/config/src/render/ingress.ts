import { isIPv4 } from 'node:net';
import type { Model } from '../model/build.ts';
import { publicFile, type RenderedTree } from './file.ts';

/** Headers by which a proxy in front tells of a client. The edge removes them from every request. */
const FORWARDED_HEADERS = [
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'X-Forwarded-Prefix',
];

/** How many proxies in a row are looked through. */
const MOST_HOPS = 5;

/** The view of the listener for plain HTTP; undefined where it is off. */
export function describeHttp({ settings, hasIpv6 }: Model): object | undefined {
  const { HTTP_LISTEN: listen } = settings;
  if (listen === '') return undefined;
  // HAProxy takes an absent address for IPv4 alone.
  return { listen, listenIpv6: hasIpv6 && listen.startsWith(':') ? `::${listen}` : undefined };
}

/** The view of the proxies that are trusted; undefined where none are. */
export function describeTrusted({ settings }: Pick<Model, 'settings'>): object | undefined {
  if (settings.TRUSTED_PROXIES.length === 0) return undefined;
  return {
    headers: FORWARDED_HEADERS,
    hops: Array.from({ length: MOST_HOPS }, (_, before) => ({ before, count: before + 1 })),
  };
}

/**
 * The networks of these proxies, beside haproxy.cfg. HAProxy also looks for the IPv4 address inside
 * of an IPv6 address, as that of 6to4 (2002::/16), and would trust strangers by it. So IPv4 networks
 * are written as IPv6, where they match IPv4 alone.
 */
export function renderTrusted({ settings }: Model): RenderedTree {
  const networks = settings.TRUSTED_PROXIES;
  if (networks.length === 0) return new Map();
  const lines = networks.map((network) => `${mapToIpv6(network)}\n`);
  return new Map([['etc/haproxy/trusted.lst', publicFile(lines.join(''))]]);
}

/** `10.0.0.0/8` to `::ffff:10.0.0.0/104`. A network of IPv6 stays as it is. */
function mapToIpv6(network: string): string {
  const [address = '', length] = network.split('/');
  if (!isIPv4(address)) return network;
  return `::ffff:${address}/${96 + Number(length ?? 32)}`;
}
