import { BlockList, isIP } from 'node:net';
import { accept, type Issue, quoteFound, reject } from '@registry-cache/domain';
import type { ParseValue } from './value.ts';

/** Where the replicas are: every address behind a name, or a fixed list. */
export type Peers =
  | { readonly kind: 'none' }
  | { readonly kind: 'dns'; readonly name: string; readonly port: number }
  | { readonly kind: 'list'; readonly addresses: readonly string[] };

const ACCEPTED = 'dns:NAME:PORT alone, or ADDRESS:PORT of each replica, such as 10.0.0.1:8444';
/** Of the machine itself, of nobody, of one link, and of groups: no other replica reaches these. */
const UNREACHABLE = [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const;
const NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?$/i;

/**
 * `dns:NAME:PORT`, or space-separated addresses with ports; an empty text means no peers. All
 * replicas hash by address and port, so a list has literal addresses alone.
 */
export const parsePeers: ParseValue<Peers> = (path, text) => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return accept({ kind: 'none' });
  const [first = ''] = words;
  const named = /^dns:(.+):(\d{1,5})$/.exec(first);
  const [, name = '', port = ''] = named ?? [];
  if (words.length === 1 && NAME.test(name) && isIP(name) === 0 && isPort(port)) {
    return accept({ kind: 'dns', name, port: Number(port) });
  }
  const issues = words.flatMap((word, index): Issue[] => {
    const wrong = explain(word, words.slice(0, index));
    if (wrong === undefined) return [];
    return [{ path, found: `${quoteFound(word)}${wrong}`, accepted: ACCEPTED }];
  });
  return issues.length > 0 ? reject(...issues) : accept({ kind: 'list', addresses: words });
};

/** What is wrong with a word; undefined for an address that a replica can have. */
function explain(word: string, others: readonly string[]): string | undefined {
  if (!isAddress(word)) return '';
  if (isKnown(word, others)) return ', which is there twice';
  return isReachable(word) ? undefined : ', which no other replica can reach';
}

function isReachable(word: string): boolean {
  const address = word.slice(0, word.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  const unreachable = new BlockList();
  for (const [network, length] of UNREACHABLE) {
    unreachable.addSubnet(network, length, isIP(network) === 4 ? 'ipv4' : 'ipv6');
  }
  // IPv6 writes an address of IPv4 as ::ffff:127.0.0.1, and the list knows it.
  return !unreachable.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function isAddress(word: string): boolean {
  const [, ipv6, ipv4, port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(word) ?? [];
  return isPort(port) && (isIP(ipv6 ?? '') === 6 || isIP(ipv4 ?? '') === 4);
}

/** Whether one of the others is the same address: IPv6 has several forms of it. */
function isKnown(word: string, others: readonly string[]): boolean {
  return others.some((other) => isAddress(other) && formOf(other) === formOf(word));
}

function formOf(address: string): string {
  return new URL(`tcp://${address}`).host;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** As PEERS has it. */
export function formatPeers(peers: Peers): string | readonly string[] {
  if (peers.kind === 'dns') return `dns:${peers.name}:${peers.port}`;
  return peers.kind === 'list' ? peers.addresses : [];
}
