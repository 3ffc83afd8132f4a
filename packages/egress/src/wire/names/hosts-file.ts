import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';

/**
 * The addresses that a hosts file has for a name, in its order. Names are compared without case.
 * Source: hosts(5).
 */
export function findInHosts(text: string, name: string): LookupAddress[] {
  const wanted = name.toLowerCase();
  // Such files can have a hundred thousand lines, to block as many names.
  if (!text.toLowerCase().includes(wanted)) return [];
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    const isNamed = names.some((one) => one.toLowerCase() === wanted);
    return family !== 0 && isNamed ? [{ address, family }] : [];
  });
}
