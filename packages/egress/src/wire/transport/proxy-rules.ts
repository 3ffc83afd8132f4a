import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The environment variables that name outbound proxies, in either case. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for requests to a URL. Undefined if there is none. HTTPS_PROXY is for https, HTTP_PROXY
 * for http. NO_PROXY lists hosts (with their subdomains), `.suffix`, `*.suffix`, addresses and CIDR
 * ranges, each with an optional port, or `*`. Loopback is never proxied.
 * The rules are those of Go's httpproxy package, which other container tools follow.
 */
export function proxyFor(url: URL, env: ProxyEnvironment): string | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = read(env, name);
  if (proxy === '') return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || isLoopback(host)) return undefined;
  const entries = read(env, 'NO_PROXY')
    .split(/[,\s]+/)
    .filter(Boolean);
  if (entries.some((entry) => excludes(entry.toLowerCase(), host, port))) return undefined;
  return /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function read(env: ProxyEnvironment, name: string): string {
  return (env[name.toLowerCase()] || env[name]) ?? '';
}

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && ipaddr.process(host).range() === 'loopback';
}

function excludes(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isIP(host) !== 0 && inRange(entry, host);
  const { name: pattern, port: entryPort } = splitPort(entry);
  if (entryPort !== undefined && entryPort !== port) return false;
  if (isIP(pattern) !== 0) return isIP(host) !== 0 && sameAddress(pattern, host);
  const suffix = pattern.replace(/^\*?\./, '');
  const apexToo = suffix === pattern;
  return (apexToo && host === suffix) || host.endsWith(`.${suffix}`);
}

/** Splits `host`, `host:port`, `[v6]:port` or `[v6]`. A bare IPv6 address has no port. */
function splitPort(entry: string): { name: string; port: string | undefined } {
  const name = entry.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0) return { name, port: undefined };
  const [, host = entry, port] = /^\[?(.*?)\]?:(\d+)$/.exec(entry) ?? [];
  return { name: host, port };
}

function inRange(cidr: string, host: string): boolean {
  if (!ipaddr.isValidCIDR(cidr)) return false;
  const [network, bits] = ipaddr.parseCIDR(cidr);
  const address = ipaddr.process(host);
  return address.kind() === network.kind() && address.match(network, bits);
}

function sameAddress(left: string, right: string): boolean {
  return ipaddr.process(left).toString() === ipaddr.process(right).toString();
}
