/** The cost of the proxy for HTTPS_PROXY: a hot blob through it, and the same from the TLS port. */
import {
  findFreePort,
  layersOf,
  makeImage,
  openNetwork,
  pushBundle,
  startRegistry,
} from '@registry-cache/testbed';
import { alternate } from './lib/alternate.ts';
import { runClient, warm } from './lib/clients.ts';
import { type Contender, startOurs } from './lib/contender.ts';
import { readCpuSeconds } from './lib/processes.ts';
import type { Row } from './lib/table.ts';

const BLOB_BYTES = 512 * 1024 * 1024;
const CLIENTS = [1, 4];

/** A request for the blob, as arguments of curl. */
interface Way {
  readonly name: 'direct' | 'tunnel';
  readonly args: readonly string[];
}

export async function benchTunnel(): Promise<Row[]> {
  const image = makeImage({ seed: 'tunnel', layerSizesBytes: [BLOB_BYTES], compression: 'none' });
  const [layer] = layersOf(image);
  if (layer === undefined) throw new Error('the image has no layer');
  await using network = await openNetwork();
  await using upstream = await startRegistry({ host: network.gateway });
  await pushBundle(upstream, 'bench/app', 'v1', image);
  const env = { CONNECT_PROXY: 'on' };
  const proxyPort = await findFreePort();
  const extraArgs = [`--publish=127.0.0.1:${proxyPort}:3128`];
  await using ours = await startOurs(network, upstream.url, 1, { env, extraArgs });
  const rest = `bench/app/blobs/${layer.digest}`;
  for (let times = 0; times < 2; times += 1) await warm(ours, ours.path(rest));
  const ways: readonly Way[] = [
    { name: 'direct', args: [ours.url + ours.path(rest)] },
    {
      name: 'tunnel',
      args: ['--proxy', `http://127.0.0.1:${proxyPort}`, `https://reg0.test/v2/${rest}`],
    },
  ];
  const rows: Row[] = [];
  for (const clients of CLIENTS) {
    const measure = ({ args }: Way) => download(ours, args, clients);
    const [direct, tunnel] = await alternate(ways, measure);
    if (direct === undefined || tunnel === undefined) continue;
    const work = `hot blob of 512 MiB by HTTPS_PROXY, ${clients} client${clients > 1 ? 's' : ''}`;
    rows.push(
      { work: `${work}: MB/s from the TLS port`, unit: 'MB/s', ours: direct.rate },
      { work: `${work}: MB/s through the tunnel`, unit: 'MB/s', ours: tunnel.rate },
      {
        work: `${work}: tunnel to direct`,
        unit: 'times',
        ours: tunnel.rate / direct.rate,
        aim: { atLeast: 0.8 },
      },
      { work: `${work}: CPU, tunnel to direct`, unit: 'times', ours: tunnel.cpu / direct.cpu },
    );
  }
  return rows;
}

/** `clients` at once over HTTP/1.1, as older clients. */
async function download(ours: Contender, args: readonly string[], clients: number) {
  const before = readCpuSeconds(ours.pid);
  const startedMs = performance.now();
  const curl = ['curl', '-sSfk', '--http1.1', '--output', '/dev/null', ...args];
  await Promise.all(Array.from({ length: clients }, () => runClient(ours, curl)));
  const seconds = (performance.now() - startedMs) / 1000;
  return { rate: (clients * BLOB_BYTES) / 1e6 / seconds, cpu: readCpuSeconds(ours.pid) - before };
}
