import { CLIENTS } from '../clients/clients.ts';
import { buildClientSetup } from '../clients/setup.ts';
import type { Model } from '../model/build.ts';
import { publicFile, type RenderedTree } from './file.ts';

/** Stands for the address until the edge knows it. No name, key or base64 text can hold it. */
const ADDRESS = '__CACHE__';

/**
 * HAProxy answers from one buffer (tune.bufsize, 256 KiB) and refuses to start with a file that
 * does not fit. The rest is for addresses longer than what stands for them.
 */
const MAX_SCRIPT_BYTES = 128 * 1024;

/**
 * What the edge answers at /setup/<client> and /ca.crt. The scripts are log formats of HAProxy:
 * the address in them is the one that the client asked for, which the edge has checked.
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

/** With some hundred registries; the command line has no limit. */
function renderApology(name: string): string {
  return `#!/bin/sh
echo 'too many registries to be served as a script: use registry-cache client ${name} --script' >&2
exit 1
`;
}
