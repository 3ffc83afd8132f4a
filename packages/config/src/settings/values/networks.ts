import { isIP } from 'node:net';
import { accept, type Issue, quoteFound, reject } from '@registry-cache/domain';
import type { ParseValue } from './value.ts';

const ACCEPTED = 'networks such as 10.0.0.0/8 or fd00::/8, and addresses; no /0';

/**
 * Space-separated networks (CIDR) and addresses; an empty text is an empty list. A network of all
 * addresses is refused, because then every client would be a proxy.
 */
export const parseNetworks: ParseValue<readonly string[]> = (path, text) => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const issues: Issue[] = words
    .filter((word) => !isNetwork(word))
    .map((word) => ({ path, found: quoteFound(word), accepted: ACCEPTED }));
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
