import { CLIENTS } from '../clients/clients.ts';
import { buildClientSetup } from '../clients/setup.ts';
import type { Model } from '../model/build.ts';
import { publicFile, type RenderedTree } from './file.ts';

/** Stands for the address, which only the edge knows. It occurs in no name, key or base64 text. */
const ADDRESS = '__CACHE__';

/**
 * HAProxy answers from one buffer (tune.bufsize, 256 KiB) and refuses to start with a file that does
 * not fit. The other half is for addresses, which are longer than ADDRESS.
 */
const MAX_SCRIPT_BYTES = 128 * 1024;

/**
 * The edge's answers at /setup/<client> and /ca.crt. The scripts are log formats of HAProxy, which
 * puts in the address of the request, after checking it.
 */
export function renderClientSetup(model: Model): RenderedTree {
  const setup = buildClientSetup(model, ADDRESS);
  const scripts = Object.entries(CLIENTS).map(([name, { script }]) => {
    const format = script(setup).replaceAll('%', '%%').replaceAll(ADDRESS, '%[var(txn.address)]');
    const isTooLong = Buffer.byteLength(format) > MAX_SCRIPT_BYTES;
    return [
      `etc/haproxy/setup/${name}.sh`,
      publicFile(isTooLong ? renderApology(name) : format),
    ] as const;
  });
  return new Map([['etc/haproxy/setup/ca.crt', publicFile(setup.ca)], ...scripts]);
}

/** For a cache with many hundred registries. The command line has no such limit. */
function renderApology(name: string): string {
  return `#!/bin/sh
echo 'too many registries to be served as a script: use registry-cache client ${name} --script' >&2
exit 1
`;
}
