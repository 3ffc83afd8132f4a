/** Images below the disk, in a bucket: beside distribution, which keeps all of its own in one. */
import {
  layersOf,
  makeImage,
  openNetwork,
  pushBundle,
  startRegistry,
  type TestNetwork,
  until,
} from '@registry-cache/testbed';
import { readMetric } from '../../tests/e2e/inside.ts';
import { alternate, ROUNDS } from './lib/alternate.ts';
import { runClient, runH2load, runSkopeo } from './lib/clients.ts';
import { type Contender, startBare, startOurs } from './lib/contender.ts';
import { MOTO_CREDENTIALS, type Moto, startMoto } from './lib/moto.ts';
import { pull } from './lib/pair.ts';
import type { Row } from './lib/table.ts';

const MIB = 1024 * 1024;
const IMAGE = makeImage({
  seed: 'bench bucket',
  layerSizesBytes: [20, 20, 10].map((n) => n * MIB),
});
const HOT = makeImage({
  seed: 'bench bucket hot',
  layerSizesBytes: [64 * MIB],
  compression: 'none',
});
/** Pulled before anything is measured, so that no program does its work for the first time. */
const WARM = makeImage({ seed: 'bench bucket warm', layerSizesBytes: [MIB] });
const CLIENTS = 4;
const REQUESTS = 16;

export async function benchBucket(): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openNetwork());
  const upstream = stack.use(await startRegistry({ host: network.gateway }));
  const moto = stack.use(await startMoto(network.gateway, ['ours', 'bare']));
  for (const [name, image] of Object.entries({ warm: WARM, cold: IMAGE, hot: HOT })) {
    await pushBundle(upstream, `bench/${name}`, 'v1', image);
  }
  const bare = stack.use(await startBare(network, upstream.url, 1, { storage: describeS3(moto) }));
  await pull(bare, 'bench/cold', IMAGE);
  await fill(network, upstream.url, moto);
  const cold = await alternate(['ours', 'bare'] as const, async (side) => {
    if (side === 'bare') return measureCold(bare);
    await using ours = await startOurs(network, upstream.url, 1, withBucket(moto));
    await pull(ours, 'bench/warm', WARM);
    // Without `await`, the appliance would be removed before it has answered.
    return await measureCold(ours);
  });
  return [...rowsOfCold(cold), ...(await benchHot(network, upstream.url, moto))];
}

/** Pulls all by an appliance, and waits until the bucket has it. */
async function fill(network: TestNetwork, url: string, moto: Moto): Promise<void> {
  await using first = await startOurs(network, url, 1, withBucket(moto));
  await pull(first, 'bench/warm', WARM);
  await pull(first, 'bench/cold', IMAGE);
  await until(
    'nothing waits for the bucket',
    async () => {
      const pid = async () => first.pid;
      return (await readMetric({ pid }, 'registry_cache_egress_bucket_queue')) === 0;
    },
    { timeoutMs: 300_000 },
  );
}

/** Hot blobs of an appliance without a bucket, with one, and with one that is gone. */
async function benchHot(network: TestNetwork, url: string, moto: Moto): Promise<Row[]> {
  await using without = await startOurs(network, url);
  await using beside = await startOurs(network, url, 1, withBucket(moto));
  for (const contender of [without, beside]) await pull(contender, 'bench/hot', HOT);
  const layer = layersOf(HOT)[0]?.digest ?? '';
  const measure = async (contender: Contender) => {
    const path = contender.path(`bench/hot/blobs/${layer}`);
    const { wallSeconds, cpuSeconds } = await runH2load(contender, path, {
      requests: REQUESTS,
      connections: CLIENTS,
    });
    return { wall: wallSeconds, cpu: cpuSeconds };
  };
  const [none, used] = await alternate([without, beside], measure);
  await moto.stop();
  const [again, gone] = await alternate([without, beside], measure);
  const row = (work: string, ours = Number.NaN, bare = Number.NaN): Row => ({
    work: `hot blob of 64 MiB, ${CLIENTS} clients, ${work}, compared with no bucket`,
    unit: 's',
    ours,
    bare,
    aim: { atMost: 1.1 },
  });
  return [
    row('a bucket below the disk', used?.wall, none?.wall),
    row('a bucket that is gone', gone?.wall, again?.wall),
    row('a bucket that is gone: server CPU', gone?.cpu, again?.cpu),
  ];
}

interface Cold {
  readonly image: number;
  readonly firstByte: number;
  readonly [name: string]: number;
}

/** The seconds of skopeo for an image that only the bucket has, and those until its first bytes. */
async function measureCold(contender: Contender): Promise<Cold> {
  // The layer's first byte first, while nothing of the image is on a disk.
  const layer = layersOf(IMAGE)[2]?.digest ?? '';
  const url = contender.url + contender.path(`bench/cold/blobs/${layer}`);
  const curl = [
    'curl',
    '-sSfk',
    '-o',
    '/dev/null',
    '-w',
    '%{time_appconnect} %{time_starttransfer}',
  ];
  const times = (await runClient(contender, [...curl, url])).split(' ').map(Number);
  const image = await runSkopeo(contender, 'bench/cold');
  return { image, firstByte: (times[1] ?? Number.NaN) - (times[0] ?? 0) };
}

function rowsOfCold([ours, bare]: readonly Cold[]): Row[] {
  const row = (work: string, unit: string, name: 'image' | 'firstByte'): Row => ({
    work,
    unit,
    ours: ours?.[name] ?? Number.NaN,
    bare: bare?.[name] ?? Number.NaN,
    aim: { atMost: 1 },
  });
  return [
    row(`image of 50 MB that only the bucket has, skopeo, ${ROUNDS} rounds`, 's', 'image'),
    row('a layer of it, after the TLS handshake, until its first byte', 's', 'firstByte'),
  ];
}

const withBucket = ({ url }: Moto) => ({
  env: { ...MOTO_CREDENTIALS, S3_BUCKET: 'ours', S3_ENDPOINT: url, S3_PATH_STYLE: 'true' },
});

/** distribution's storage driver. It sends all bytes itself, as the appliance does. */
const describeS3 = ({ url }: Moto) => ({
  s3: {
    accesskey: MOTO_CREDENTIALS.AWS_ACCESS_KEY_ID,
    secretkey: MOTO_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    region: 'us-east-1',
    regionendpoint: url,
    forcepathstyle: true,
    secure: false,
    bucket: 'bare',
  },
  redirect: { disable: true },
});
