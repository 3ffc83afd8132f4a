/** Many clients ask for one cold layer at the same moment, from a slow upstream. */
import { type Content, layersOf, makeImage } from '@registry-cache/testbed';
import { alternate } from './lib/alternate.ts';
import { runHerd } from './lib/clients.ts';
import type { Contender } from './lib/contender.ts';
import { directTo, type Outside, openOutside } from './lib/outside.ts';
import type { Row } from './lib/table.ts';

const MIB = 1024 * 1024;
const CLIENTS = 50;
/** The upstream is 50 ms away and has 40 Mbit/s for all connections together. */
const SOURCE = [{ delayMs: 50 }, { bytesPerSecond: 5_000_000, share: 'all' }] as const;
/** distribution fetches once for each client, so the layer is small enough for it to finish. */
const SIZES_MIB = { ours: 32, bare: 1 };

export async function benchHerd(): Promise<Row[]> {
  await using outside = await openOutside();
  let count = 0;
  const measure = async ({ contender, sizeMib }: { contender: Contender; sizeMib: number }) => {
    count += 1;
    const name = `herd${count}`;
    const layer = await pushLayer(outside, name, sizeMib);
    const path = `bench/${name}/blobs/${layer.digest}`;
    outside.faultProxy.setRules({ when: { kind: 'blob' }, do: SOURCE });
    const alone = await runHerd(directTo(outside.faultProxy, contender), `/v2/${path}`, 1);
    outside.faultProxy.forget();
    const herd = await runHerd(contender, contender.path(path), CLIENTS);
    const bytes = outside.faultProxy.bytes({ reference: layer.digest });
    outside.faultProxy.setRules();
    return {
      bytes: bytes / layer.bytes.length,
      last: herd.wallSeconds / alone.wallSeconds,
      firstLater: herd.lastFirstByteSeconds - alone.lastFirstByteSeconds,
    };
  };
  const sides = [
    { contender: outside.ours, sizeMib: SIZES_MIB.ours },
    { contender: outside.bare, sizeMib: SIZES_MIB.bare },
  ];
  const [ours, bare] = await alternate(sides, measure);
  if (ours === undefined || bare === undefined) return [];
  const work = `${CLIENTS} clients, one cold layer of ${SIZES_MIB.ours} MiB (distribution: ${SIZES_MIB.bare}), 40 Mbit/s, 50 ms`;
  return [
    {
      work: `${work}: bytes from the source, for each byte of the layer`,
      unit: '',
      ours: ours.bytes,
      bare: bare.bytes,
      ownAim: { atMost: 1.02 },
    },
    {
      work: '… last client done, for what the source alone needs',
      unit: '',
      ours: ours.last,
      bare: bare.last,
      ownAim: { atMost: 1.15 },
    },
    {
      work: "… last client's first byte, after the source's",
      unit: 's',
      ours: ours.firstLater,
      bare: bare.firstLater,
      ownAim: { atMost: 0.3 },
    },
  ];
}

async function pushLayer(outside: Outside, name: string, sizeMib: number): Promise<Content> {
  const plan = { seed: name, layerSizesBytes: [sizeMib * MIB], compression: 'none' } as const;
  const image = makeImage(plan);
  await outside.push(name, image);
  const [layer] = layersOf(image);
  if (layer === undefined) throw new Error(`${name} has no layer`);
  return layer;
}
