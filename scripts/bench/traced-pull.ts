/** What traces cost a cold pull: the same appliance with a collector that takes them, and without. */
import {
  makeImage,
  openNetwork,
  pushBundle,
  startRegistry,
  startTraceCollector,
} from '@registry-cache/testbed';
import { alternate, ROUNDS } from './lib/alternate.ts';
import { runSkopeo } from './lib/clients.ts';
import { startOurs } from './lib/contender.ts';
import { readCpuSeconds } from './lib/processes.ts';
import type { Row } from './lib/table.ts';

/** Many small layers, from a registry without a delay: nothing hides the work for each span. */
const LAYERS = Array.from({ length: 30 }, () => 1_000_000);
const WARM_UP = 2;

export async function benchTracedPull(): Promise<Row[]> {
  await using network = await openNetwork();
  const host = network.gateway;
  await using registry = await startRegistry({ host });
  await using collector = await startTraceCollector({ host });
  await using plain = await startOurs(network, registry.url);
  await using traced = await startOurs(network, registry.url, 1, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  for (let round = 1; round <= ROUNDS + WARM_UP; round += 1) {
    const image = makeImage({ seed: `traced ${round}`, layerSizesBytes: LAYERS });
    await pushBundle(registry, `bench/traced${round}`, 'v1', image);
  }
  const sides = [plain, traced].map((contender) => ({ contender, round: 0 }));
  const pull = async (side: (typeof sides)[number]) => {
    const { contender } = side;
    side.round += 1;
    const before = readCpuSeconds(contender.pid);
    const wall = await runSkopeo(contender, `bench/traced${side.round}`);
    return { wall, cpu: readCpuSeconds(contender.pid) - before };
  };
  await alternate(sides, pull, WARM_UP);
  const [without, withTraces] = await alternate(sides, pull);
  if (collector.spans.length === 0) throw new Error('the collector got no span');
  const row = (work: string, figure: 'wall' | 'cpu'): Row => {
    const [ours, bare] = [withTraces?.[figure] ?? Number.NaN, without?.[figure] ?? Number.NaN];
    return {
      work: `a cold image, 30 layers of 1 MB, with traces, for one without: ${work}`,
      unit: 's',
      ours,
      bare,
    };
  };
  return [row('skopeo, wall', 'wall'), row('server CPU', 'cpu')];
}
