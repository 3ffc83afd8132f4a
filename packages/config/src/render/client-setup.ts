import { CLIENTS } from '../clients/clients.ts';
import { buildClientSetup } from '../clients/setup.ts';
import type { Model } from '../model/build.ts';
import { publicFile, type RenderedTree } from './tree.ts';

/** Stands for the address until the edge knows it. No name, key or base64 text can hold it. */
const ADDRESS = '__CACHE__';

/**
 * What the edge answers at /setup/<client> and /ca.crt. The scripts are log formats of HAProxy:
 * the address in them is the one that the client asked for, which the edge has checked.
 */
export function renderClientSetup(model: Model): RenderedTree {
  const setup = buildClientSetup(model, ADDRESS);
  const scripts = Object.entries(CLIENTS).map(([name, { script }]) => {
    const format = script(setup).replaceAll('%', '%%').replaceAll(ADDRESS, '%[var(txn.address)]');
    return [`etc/haproxy/setup/${name}.sh`, publicFile(format)] as const;
  });
  return new Map([['etc/haproxy/setup/ca.crt', publicFile(setup.ca)], ...scripts]);
}
