/** A new TLS connection for each request, as by older podman and docker. */
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
  const rows: Row[] = [];
  for (const [by, reference, connections] of [
    ['tag', 'v1', 1],
    ['digest', image.top.digest, 1],
    ['tag', 'v1', 16],
    ['digest', image.top.digest, 16],
  ] as const) {
    const measure = async (contender: Contender) => {
      const path = contender.path(`bench/app/manifests/${reference}`);
      const load = await runWrk(contender, path, { seconds: SECONDS, connections, isKept: false });
      return {
        ms: (load.wallSeconds * 1000 * connections) / load.requests,
        rate: load.requests / load.wallSeconds,
        cpu: (load.cpuSeconds * 1000) / load.requests,
      };
    };
    const [ours, bare] = await alternate(pair.contenders, measure);
    if (ours === undefined || bare === undefined) continue;
    const clients = connections === 1 ? '1 client' : `${connections} clients`;
    const work = `a new connection for each manifest by ${by}, ${clients}`;
    rows.push(
      connections === 1
        ? { work, unit: 'ms', ours: ours.ms, bare: bare.ms, aim: { atMost: 1 } }
        : { work, unit: '1/s', ours: ours.rate, bare: bare.rate, aim: { atLeast: 1 } },
      {
        work: `${work}: server CPU`,
        unit: 's/1000',
        ours: ours.cpu,
        bare: bare.cpu,
        aim: { atMost: 1 },
      },
    );
  }
  return rows;
}
