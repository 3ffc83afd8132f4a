/** Bundles: export, verify and import beside tools that do such work, and hot pulls meanwhile. */
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  layersOf,
  makeImage,
  makeTemporaryFolder,
  openNetwork,
  pushBundle,
  runOrThrow,
  startAppliance,
  startRegistry,
} from '@registry-cache/testbed';
import { storeImageOfZeros } from '../../tests/e2e/sparse-images.ts';
import { describeUpstreams } from '../../tests/e2e/stage.ts';
import { alternate, ROUNDS } from './lib/alternate.ts';
import { runH2load, warm } from './lib/clients.ts';
import { type Contender, findPid } from './lib/contender.ts';
import type { Row } from './lib/table.ts';
import { LONG, runInside, timeBoth } from './lib/time-both.ts';

const LAYER_BYTES = 256_000_000;
const LAYERS = 4;
const IMAGE = 'quay.io/bench/large:v1';
const HOT = makeImage({
  seed: 'bench bundles',
  layerSizesBytes: [64 * 1024 * 1024],
  compression: 'none',
});
const HOT_REQUESTS = 64;

export async function benchBundles(): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openNetwork());
  const upstream = stack.use(await startRegistry({ host: network.gateway }));
  const targets: string[] = [];
  while (targets.length < ROUNDS) {
    targets.push(stack.use(await startRegistry({ host: network.gateway })).url);
  }
  await pushBundle(upstream, 'bench/hot', 'v1', HOT);
  const folder = stack.use(await makeTemporaryFolder('bundles'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  const open = async () => {
    return stack.use(
      await startAppliance({
        network,
        ...describeUpstreams({ 'quay.io': upstream }),
        extraMounts: [`${folder.path}:/bundles`],
      }),
    );
  };
  const near = await open();
  await storeImageOfZeros(near.storeDir, 'bench/large', Array(LAYERS).fill(LAYER_BYTES));
  const far = await open();
  const bench = { near, far, folder: folder.path, targets };
  const exported = await benchExport(bench);
  return [
    exported,
    await benchVerify(bench),
    await benchImport(bench),
    await benchHotPulls(near, folder.path),
  ];
}

interface Bench {
  readonly near: Appliance;
  readonly far: Appliance;
  readonly folder: string;
  /** The URLs of empty distribution registries without a proxy, one for each round. */
  readonly targets: readonly string[];
}

const ofBytes = `an image of ${LAYERS} layers of ${LAYER_BYTES / 1e6} MB`;

async function benchExport({ near, folder }: Bench): Promise<Row> {
  const [ours, theirs] = await timeBoth({
    ours: async () => {
      await rm(join(folder, 'ours'), { recursive: true, force: true });
      await runInside(near, 'registry-cache', 'export', '--out', '/bundles/ours', IMAGE);
    },
    theirs: async () => {
      await rm(join(folder, 'theirs'), { recursive: true, force: true });
      const from = `docker://${new URL(near.url).host}/${IMAGE}`;
      const tls = '--src-tls-verify=false';
      await copyBySkopeo(tls, from, `oci:${folder}/theirs:v1`);
    },
  });
  const work = `export ${ofBytes}, compared with skopeo copy from the same cache`;
  return { work, unit: 's', ours, bare: theirs, aim: { atMost: 1 } };
}

async function benchVerify({ near }: Bench): Promise<Row> {
  const sum = 'find /bundles/ours -type f -exec sha256sum {} +';
  const [ours, theirs] = await timeBoth({
    ours: () => runInside(near, 'registry-cache', 'verify', '/bundles/ours'),
    theirs: async () => void (await near.exec(['sh', '-c', sum], LONG)),
  });
  const work = 'verify this bundle, compared with sha256sum of its files';
  return { work, unit: 's', ours, bare: theirs, aim: { atMost: 1 } };
}

async function benchImport({ far, folder, targets }: Bench): Promise<Row> {
  let round = 0;
  const [ours, theirs] = await timeBoth({
    ours: async () => {
      // Each round is one into an empty store.
      await rm(join(far.storeDir, 'blobs/sha256'), { recursive: true, force: true });
      await runInside(far, 'registry-cache', 'import', '/bundles/ours');
    },
    theirs: async () => {
      const host = new URL(targets[round] ?? '').host;
      round += 1;
      const to = `docker://${host}/bench/large:v1`;
      await copyBySkopeo('--dest-tls-verify=false', `oci:${folder}/theirs:v1`, to);
    },
  });
  const work = 'import this bundle, compared with skopeo copy into an empty distribution registry';
  return { work, unit: 's', ours, bare: theirs, aim: { atMost: 1 } };
}

/** The rate of hot pulls while exports run one after another, for that without them. */
async function benchHotPulls(near: Appliance, folder: string): Promise<Row> {
  const contender: Contender = {
    name: 'ours',
    id: near.id,
    pid: await findPid(near.id),
    port: 8443,
    url: near.url,
    enter: [],
    at: () => contender,
    path: (rest) => `/v2/quay.io/${rest}`,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const [layer = HOT.top] = layersOf(HOT);
  const path = contender.path(`bench/hot/blobs/${layer.digest}`);
  for (let time = 0; time < 2; time += 1) {
    await warm(contender, contender.path('bench/hot/manifests/v1'));
    await warm(contender, path);
  }
  const pull = async () => {
    const load = await runH2load(contender, path, { requests: HOT_REQUESTS, connections: 8 });
    return { rate: (HOT_REQUESTS * layer.bytes.length) / 1e6 / load.wallSeconds };
  };
  const whileExporting = async () => {
    const stop = join(folder, 'stop');
    await rm(stop, { force: true });
    const again = `while [ ! -e /bundles/stop ]; do rm -rf /bundles/again; registry-cache export --out /bundles/again ${IMAGE}; done`;
    const exporting = near.exec(['sh', '-c', again], LONG);
    try {
      return await pull();
    } finally {
      await writeFile(stop, '');
      await exporting;
    }
  };
  const [during, alone] = await alternate([whileExporting, pull], (measure) => measure());
  const work = 'hot pulls of 8 clients while exports run, compared with pulls alone';
  const [ours, bare] = [during?.rate ?? Number.NaN, alone?.rate ?? Number.NaN];
  return { work, unit: 'MB/s', ours, bare, aim: { atLeast: 0.9 } };
}

/** It would compress the layers, as we never do. */
async function copyBySkopeo(...args: string[]): Promise<void> {
  await runOrThrow('skopeo', ['copy', '-q', '--preserve-digests', ...args], LONG);
}
