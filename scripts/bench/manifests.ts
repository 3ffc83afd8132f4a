/** Small hot manifests on kept connections: the number in a second, and the cost of a thousand. */
import { makeImage } from '@registry-cache/testbed';
import { alternate } from './lib/alternate.ts';
import { runWrk } from './lib/clients.ts';
import type { Contender } from './lib/contender.ts';
import { openPair } from './lib/pair.ts';
import type { Row } from './lib/table.ts';

const CONNECTIONS = 16;
const SECONDS = 4;
/**
 * The aim for tags. Two quiet cores, shared with the client (wrk, one thread), give 7,700 a second
 * by digest from distribution. On a slower machine the same ratio is the aim.
 */
const RATE = 30_000;
const RATIO = 3.9;

export async function benchManifests(): Promise<Row[]> {
  const image = makeImage({ seed: 'bench manifests', layerSizesBytes: [1000, 1000, 1000] });
  await using pair = await openPair({ app: image });
  const rows: Row[] = [];
  let bareByDigest: number | undefined;
  for (const [by, reference] of [
    ['digest', image.top.digest],
    ['tag', 'v1'],
  ] as const) {
    const measure = async (contender: Contender) => {
      const path = contender.path(`bench/app/manifests/${reference}`);
      const options = { seconds: SECONDS, connections: CONNECTIONS, isKept: true };
      const load = await runWrk(contender, path, options);
      return {
        rate: load.requests / load.wallSeconds,
        cpu: (load.cpuSeconds * 1000) / load.requests,
      };
    };
    const [ours, bare] = await alternate(pair.contenders, measure);
    if (ours === undefined || bare === undefined) continue;
    const work = `manifests by ${by} on ${CONNECTIONS} kept connections`;
    bareByDigest ??= bare.rate;
    const tag: Row[] = [
      { work, unit: '1/s', ours: ours.rate, ownAim: { atLeast: RATE } },
      {
        work: `${work}, for those of distribution by digest`,
        unit: '1/s',
        ours: ours.rate,
        bare: bareByDigest,
        aim: { atLeast: RATIO },
      },
    ];
    rows.push(
      { work, unit: '1/s', ours: ours.rate, bare: bare.rate, aim: { atLeast: 2 } },
      ...(by === 'tag' ? tag : []),
      {
        work: `${work}: server CPU`,
        unit: 's/1000',
        ours: ours.cpu,
        bare: bare.cpu,
        aim: { atMost: 0.8 },
      },
    );
  }
  return rows;
}
