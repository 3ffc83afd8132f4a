/** A new TLS connection for each request, as older podman and docker make them. */
import { makeImage } from '@registry-cache/testbed';
import { alternate } from './lib/alternate.ts';
import { runWrk } from './lib/clients.ts';
import type { Contender } from './lib/contender.ts';
import { openPair } from './lib/pair.ts';
import type { Row } from './lib/table.ts';

const SECONDS = 4;

export async function benchHandshakes(): Promise<Row[]> {
  const image = makeImage({ seed: 'bench handshakes' });
  await using pair = await openPair({ app: image });
  const measure = (connections: number) => async (contender: Contender) => {
    const path = contender.path(`bench/app/manifests/${image.top.digest}`);
    const load = await runWrk(contender, path, { seconds: SECONDS, connections, isKept: false });
    return {
      ms: (load.wallSeconds * 1000 * connections) / load.requests,
      rate: load.requests / load.wallSeconds,
      cpu: (load.cpuSeconds * 1000) / load.requests,
    };
  };
  const [oneOurs, oneBare] = await alternate(pair.contenders, measure(1));
  const [manyOurs, manyBare] = await alternate(pair.contenders, measure(16));
  if (!oneOurs || !oneBare || !manyOurs || !manyBare) return [];
  const work = 'a new connection for each manifest';
  return [
    {
      work: `${work}, 1 client`,
      unit: 'ms',
      ours: oneOurs.ms,
      bare: oneBare.ms,
      aim: { atMost: 1 },
    },
    {
      work: `${work}, 16 clients`,
      unit: '1/s',
      ours: manyOurs.rate,
      bare: manyBare.rate,
      aim: { atLeast: 1 },
    },
    {
      work: `${work}, 16 clients: server CPU`,
      unit: 's/1000',
      ours: manyOurs.cpu,
      bare: manyBare.cpu,
      aim: { atMost: 1 },
    },
  ];
}
