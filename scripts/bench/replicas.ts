/** Three replicas that act as one cache, beside one appliance of the same image. */
import {
  type Content,
  type FaultProxy,
  layersOf,
  makeImage,
  pushBundle,
  type RegistryProcess,
  startFaultProxy,
} from '@registry-cache/testbed';
import { startReplicas } from '../../tests/e2e/replicas.ts';
import { openStage } from '../../tests/e2e/stage.ts';
import { alternate } from './lib/alternate.ts';
import { runHerd } from './lib/clients.ts';
import { type Contender, describeOurs } from './lib/contender.ts';
import { readCpuSeconds } from './lib/processes.ts';
import type { Row } from './lib/table.ts';

const MIB = 1024 * 1024;
const LAYERS = 4;
const LAYER_MIB = 32;
const CLIENTS = 12;
const HERD = 50;

export async function benchReplicas(): Promise<Row[]> {
  await using stage = await openStage();
  const registry = await stage.upstream();
  const host = stage.network.gateway;
  const source = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  const upstreams = { 'reg0.test': source };
  const three = await Promise.all((await startReplicas(stage, upstreams)).map(describeOurs));
  const one = [await describeOurs(await stage.appliance(upstreams))];
  let count = 0;
  const push = (layers: number) => {
    count += 1;
    return pushLayers(registry, `replicas${count}`, layers);
  };
  const measure = async (side: readonly Contender[]) => {
    const [many, few] = [await push(LAYERS), await push(LAYERS)];
    const cold = await pull(side, many, CLIENTS);
    const hot = await pull(side, many, CLIENTS);
    const rare = await pull(side, few, side.length);
    return {
      coldCpu: cold.cpu,
      coldWall: cold.wall,
      hotCpu: hot.cpu,
      rareCpu: rare.cpu,
      herd: await measureHerd(side, await push(1), source),
    };
  };
  const [ofThree, ofOne] = await alternate([three, one], measure);
  if (ofThree === undefined || ofOne === undefined) return [];
  const work = `three replicas (beside one), ${LAYERS} layers of ${LAYER_MIB} MiB`;
  return [
    {
      work: `${work}, cold, each by ${CLIENTS} clients: server CPU for each GB`,
      unit: 's/GB',
      ours: ofThree.coldCpu,
      bare: ofOne.coldCpu,
      aim: { atMost: 1.6 },
    },
    { work: '… time for each GB', unit: 's/GB', ours: ofThree.coldWall, bare: ofOne.coldWall },
    {
      work: '… the same layers again, from the disks: server CPU for each GB',
      unit: 's/GB',
      ours: ofThree.hotCpu,
      bare: ofOne.hotCpu,
    },
    {
      work: '… other layers, cold, once by each replica: server CPU for each GB',
      unit: 's/GB',
      ours: ofThree.rareCpu,
      bare: ofOne.rareCpu,
    },
    {
      work: `${HERD} clients over three replicas (beside one), one cold layer: bytes from the source, for each byte of the layer`,
      unit: '',
      ours: ofThree.herd,
      bare: ofOne.herd,
      ownAim: { atMost: 1.05 },
    },
  ];
}

/** Pulls each layer by so many clients at once, spread over the side's containers. */
async function pull(side: readonly Contender[], { repository, layers }: Layers, clients: number) {
  const before = sumOfCpu(side);
  const startedAt = performance.now();
  for (const { digest } of layers) {
    await Promise.all(
      side.map((contender) => {
        const path = contender.path(`${repository}/blobs/${digest}`);
        return runHerd(contender, path, clients / side.length);
      }),
    );
  }
  const gigabytes = (clients * layers.reduce((sum, { bytes }) => sum + bytes.length, 0)) / 1e9;
  return {
    cpu: (sumOfCpu(side) - before) / gigabytes,
    wall: (performance.now() - startedAt) / 1000 / gigabytes,
  };
}

/** The bytes that the source sent for each byte of a cold layer. */
async function measureHerd(side: readonly Contender[], cold: Layers, source: FaultProxy) {
  const { repository, layers } = cold;
  const [layer] = layers;
  if (layer === undefined) throw new Error('there is no layer');
  source.setRules({ when: { kind: 'blob' }, do: { delayMs: 50 } });
  const share = Math.floor(HERD / side.length);
  await Promise.all(
    side.map((contender, index) => {
      const rest = index === 0 ? HERD % side.length : 0;
      const path = contender.path(`${repository}/blobs/${layer.digest}`);
      return runHerd(contender, path, share + rest);
    }),
  );
  source.setRules();
  return source.bytes({ kind: 'blob', reference: layer.digest }) / layer.bytes.length;
}

function sumOfCpu(side: readonly Contender[]): number {
  return side.reduce((sum, { pid }) => sum + readCpuSeconds(pid), 0);
}

interface Layers {
  readonly repository: string;
  readonly layers: readonly Content[];
}

async function pushLayers(registry: RegistryProcess, name: string, count: number): Promise<Layers> {
  const layerSizesBytes = Array.from({ length: count }, () => LAYER_MIB * MIB);
  const image = makeImage({ seed: `bench ${name}`, layerSizesBytes, compression: 'none' });
  await pushBundle(registry, `bench/${name}`, 'v1', image);
  return { repository: `bench/${name}`, layers: layersOf(image) };
}
