import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

/**
 * The addresses of a name in a hosts file, in its order. Letter case does not matter.
 * Source: hosts(5).
 */
export function findInHosts(text: string, name: string): LookupAddress[] {
  const wanted = name.toLowerCase();
  // A hosts file that blocks names may have a hundred thousand lines.
  if (!text.toLowerCase().includes(wanted)) return [];
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    const isNamed = names.some((one) => one.toLowerCase() === wanted);
    return family !== 0 && isNamed ? [{ address, family }] : [];
  });
}
