import { isIPv6 } from 'node:net';
import { accept, type Issue, quoteFound, reject } from '@registry-cache/domain';
import type { ParseValue } from './value.ts';

const SCHEMES = ['tcp', 'tls', 'udp', 'relp', 'relps'] as const;
const ACCEPTED =
  'tcp://HOST:PORT, and the same with tls, udp, relp or relps, such as tls://logs.example.com:6514';

/** A log collector. */
export interface Collector {
  readonly scheme: (typeof SCHEMES)[number];
  /** A name, or an address; one of IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Space-separated addresses of log collectors; an empty text is an empty list. Each bad word, and
 * each that is there twice, has an issue.
 */
export const parseCollectors: ParseValue<readonly Collector[]> = (path, text) => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const collectors: Collector[] = [];
  const issues: Issue[] = [];
  for (const [index, word] of words.entries()) {
    const collector = parseCollector(word);
    if (collector === undefined) issues.push({ path, found: describe(word), accepted: ACCEPTED });
    else if (words.indexOf(word) < index) {
      issues.push({ path, found: `${quoteFound(word)} twice`, accepted: 'each collector once' });
    } else collectors.push(collector);
  }
  return issues.length > 0 ? reject(...issues) : accept(collectors);
};

/** As an operator writes it. */
export function formatCollector({ scheme, host, port }: Collector): string {
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function parseCollector(word: string): Collector | undefined {
  const match = /^([a-z]+):\/\/(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(word);
  const scheme = SCHEMES.find((one) => one === match?.[1]);
  const [, , address, name] = match ?? [];
  const port = Number(match?.[4]);
  if (scheme === undefined || !(port >= 1 && port <= 65_535)) return undefined;
  if (address !== undefined) return isIPv6(address) ? { scheme, host: address, port } : undefined;
  return name === undefined ? undefined : { scheme, host: name, port };
}

/** A password in an address is not shown. */
function describe(word: string): string {
  return word.includes('@') ? 'an address with a user' : quoteFound(word);
}
