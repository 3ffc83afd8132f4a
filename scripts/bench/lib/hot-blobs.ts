import { layersOf, makeImage } from '@registry-cache/testbed';
import { runH2load } from './clients.ts';
import type { Contender } from './contender.ts';
import { openPair, type Pair } from './pair.ts';

const MIB = 1024 * 1024;
const SIZES_MIB = { large: 256, small: 64 };
const IMAGES = Object.fromEntries(
  Object.entries(SIZES_MIB).map(([name, size]) => [
    name,
    makeImage({ seed: `bench ${name}`, layerSizesBytes: [size * MIB], compression: 'none' }),
  ]),
);

/** The requests of one measurement. */
export interface HotBlob {
  readonly blob: keyof typeof SIZES_MIB;
  readonly clients: number;
  readonly requests: number;
  readonly http2?: boolean;
}

/** The appliance and bare distribution, both with both blobs stored. */
export function openHotBlobs(): Promise<Pair> {
  return openPair(IMAGES);
}

/** The server's CPU seconds for each GB, and the seconds until the last client is done. */
export async function measureHotBlob(
  contender: Contender,
  { blob, clients, requests, http2 = false }: HotBlob,
): Promise<{ cpu: number; wall: number }> {
  const layer = layersOf(IMAGES[blob] ?? makeImage({ seed: blob }))[0];
  if (layer === undefined) throw new Error(`${blob} has no layer`);
  const path = contender.path(`bench/${blob}/blobs/${layer.digest}`);
  const load = await runH2load(contender, path, { requests, connections: clients, http2 });
  const gigabytes = (requests * layer.bytes.length) / 1e9;
  return { cpu: load.cpuSeconds / gigabytes, wall: load.wallSeconds / gigabytes };
}
