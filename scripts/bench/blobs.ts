/** Hot blobs: the server's CPU seconds for each GB, and how long the clients wait. */
import { layersOf, makeImage } from '@registry-cache/testbed';
import { alternate } from './lib/alternate.ts';
import { runH2load } from './lib/clients.ts';
import type { Contender } from './lib/contender.ts';
import { openPair } from './lib/pair.ts';
import type { Row } from './lib/table.ts';

const MIB = 1024 * 1024;
const SIZES_MIB = { large: 512, small: 64 };
/** Enough of each for a second or two, so that ticks of 10 ms do not matter. */
const CASES = [
  { blob: 'large', clients: 1, requests: 4 },
  { blob: 'large', clients: 8, requests: 8 },
  { blob: 'small', clients: 32, requests: 64 },
  { blob: 'large', clients: 1, requests: 2, http2: true },
  { blob: 'small', clients: 8, requests: 16, http2: true },
] as const;

export async function benchBlobs(): Promise<Row[]> {
  const images = Object.fromEntries(
    Object.entries(SIZES_MIB).map(([name, size]) => [
      name,
      makeImage({ seed: `bench ${name}`, layerSizesBytes: [size * MIB], compression: 'none' }),
    ]),
  );
  await using pair = await openPair(images);
  const rows: Row[] = [];
  for (const { blob, clients, requests, ...options } of CASES) {
    const layer = layersOf(images[blob] ?? makeImage({ seed: '' }))[0];
    if (layer === undefined) throw new Error(`${blob} has no layer`);
    const gigabytes = (requests * layer.bytes.length) / 1e9;
    const measure = async (contender: Contender) => {
      const path = contender.path(`bench/${blob}/blobs/${layer.digest}`);
      const load = await runH2load(contender, path, { requests, connections: clients, ...options });
      return { cpu: load.cpuSeconds / gigabytes, wall: load.wallSeconds / gigabytes };
    };
    const [ours, bare] = await alternate(pair.contenders, measure);
    if (ours === undefined || bare === undefined) continue;
    const protocol = 'http2' in options ? 'h2' : 'HTTP/1.1';
    const work = `hot blob of ${SIZES_MIB[blob]} MiB, ${protocol}, ${clients} client${clients > 1 ? 's' : ''}`;
    rows.push(
      {
        work: `${work}: server CPU`,
        unit: 's/GB',
        ours: ours.cpu,
        bare: bare.cpu,
        aim: { atMost: 0.8 },
      },
      { work: `${work}: wall`, unit: 's/GB', ours: ours.wall, bare: bare.wall, aim: { atMost: 1 } },
    );
  }
  return rows;
}
