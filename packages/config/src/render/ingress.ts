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
export function describeTrusted({ settings }: Model): object | undefined {
  if (settings.TRUSTED_PROXIES.length === 0) return undefined;
  return {
    headers: FORWARDED_HEADERS,
    hops: Array.from({ length: MOST_HOPS }, (_, before) => ({ before, count: before + 1 })),
  };
}

/** The networks of these proxies, beside haproxy.cfg. */
export function renderTrusted({ settings }: Model): RenderedTree {
  const networks = settings.TRUSTED_PROXIES;
  if (networks.length === 0) return new Map();
  return new Map([
    ['etc/haproxy/trusted.lst', publicFile(networks.map((network) => `${network}\n`).join(''))],
  ]);
}
