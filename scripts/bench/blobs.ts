/** Hot blobs, from outside: the server's CPU seconds for each GB, and the clients' waiting time. */
import { alternate } from './lib/alternate.ts';
import { type HotBlob, measureHotBlob, openHotBlobs } from './lib/hot-blobs.ts';
import { overLoopback } from './lib/network-paths.ts';
import type { Row } from './lib/table.ts';

/** Each measurement takes a second or two, so that ticks of 10 ms do not matter. */
const CLIENTS: readonly HotBlob[] = [
  { blob: 'large', clients: 1, requests: 4 },
  { blob: 'large', clients: 8, requests: 8 },
  { blob: 'small', clients: 32, requests: 32 },
];
const AIM = { atMost: 0.85 };

export async function benchBlobs(): Promise<Row[]> {
  await using blobs = await openHotBlobs();
  const [ours, bare] = blobs.contenders;
  const rows: Row[] = [];
  for (const http2 of [false, true]) {
    for (const each of CLIENTS) {
      const work = { ...each, http2 };
      const [byUs, byBare] = await alternate([ours, bare], (one) => measureHotBlob(one, work));
      if (byUs === undefined || byBare === undefined) continue;
      const name = describe(work);
      rows.push(
        { work: `${name}: server CPU`, unit: 's/GB', ours: byUs.cpu, bare: byBare.cpu, aim: AIM },
        { work: `${name}: wall`, unit: 's/GB', ours: byUs.wall, bare: byBare.wall, aim: AIM },
      );
    }
  }
  return [...rows, ...(await benchLoopback(ours, bare))];
}

/** For comparison only, because clients do not pull so. The difference is the network's cost. */
async function benchLoopback(...sides: Parameters<typeof overLoopback>[0][]): Promise<Row[]> {
  const work = { blob: 'large', clients: 1, requests: 4, http2: false } as const;
  const [ours, bare] = await alternate(sides.map(overLoopback), (one) => measureHotBlob(one, work));
  if (ours === undefined || bare === undefined) return [];
  const name = `(${describe(work)}, over the container's own loopback`;
  return [
    { work: `${name}: server CPU)`, unit: 's/GB', ours: ours.cpu, bare: bare.cpu },
    { work: `${name}: wall)`, unit: 's/GB', ours: ours.wall, bare: bare.wall },
  ];
}

function describe({ clients, http2 }: HotBlob): string {
  return `hot blob, ${http2 ? 'h2' : 'HTTP/1.1'}, ${clients} client${clients > 1 ? 's' : ''}`;
}
