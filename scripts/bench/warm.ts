/** Warming beside skopeo sync: images that are here already, and images that are not. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  makeImage,
  makeTemporaryFolder,
  openNetwork,
  pushBundle,
  runCommand,
  startAppliance,
  startFaultProxy,
  startRegistry,
} from '@registry-cache/testbed';
import { describeUpstreams } from '../../tests/e2e/stage.ts';
import { alternate, ROUNDS } from './lib/alternate.ts';
import type { Row } from './lib/table.ts';

const TAGS_HERE = 200;
const TAGS_COLD = 8;
const LAYERS = [10_000_000, 2_000_000, 1_000_000];
const DELAY_MS = 20;
const LONG = { timeoutMs: 600_000 };

export async function benchWarm(): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openNetwork());
  const upstream = stack.use(await startRegistry({ host: network.gateway }));
  const target = stack.use(await startRegistry({ host: network.gateway }));
  const here = Array.from({ length: TAGS_HERE }, (_, index) => `t${index}`);
  for (const tag of here) {
    await pushBundle(upstream, 'bench/here', tag, makeImage({ seed: `bench warm ${tag}` }));
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (let index = 0; index < TAGS_COLD; index += 1) {
      const image = makeImage({ seed: `bench cold ${round} ${index}`, layerSizesBytes: LAYERS });
      await pushBundle(upstream, `bench/cold${round}`, `t${index}`, image);
    }
  }
  const host = network.gateway;
  const source = stack.use(await startFaultProxy({ host, upstream: upstream.url }));
  source.setRules({ do: [{ delayMs: DELAY_MS }] });
  const folder = stack.use(await makeTemporaryFolder('warm'));
  const tags = { default: '1ms' };
  const upstreams = describeUpstreams({ 'reg.test': { url: source.url, tags } });
  const { id } = stack.use(await startAppliance({ network, ...upstreams }));
  const sides = {
    ours: (repository: string, names: readonly string[]) => {
      const input = names.map((name) => `reg.test/bench/${repository}:${name}\n`).join('');
      return run('podman', ['exec', '-i', id, 'registry-cache', 'warm', '-'], input);
    },
    theirs: async (repository: string, names: readonly string[]) => {
      const file = join(folder.path, 'sync.yaml');
      const images = { [`bench/${repository}`]: names };
      const registry = { 'tls-verify': false, images };
      await writeFile(file, JSON.stringify({ [new URL(source.url).host]: registry }));
      const sync = ['sync', '--all', '--src', 'yaml', '--dest', 'docker'];
      const to = `${new URL(target.url).host}/synced`;
      return run('skopeo', [...sync, '--dest-tls-verify=false', file, to]);
    },
  };
  const both = [{ name: 'ours', round: 0 } as const, { name: 'theirs', round: 0 } as const].map(
    (side): { name: 'ours' | 'theirs'; round: number } => ({ ...side }),
  );
  for (const { name } of both) await sides[name]('here', here);
  const again = await alternate(both, ({ name }) => time(() => sides[name]('here', here)));
  const cold = await alternate(both, (side) => {
    side.round += 1;
    const names = Array.from({ length: TAGS_COLD }, (_, index) => `t${index}`);
    return time(() => sides[side.name](`cold${side.round}`, names));
  });
  const row = (work: string, [ours, theirs]: typeof cold): Row => ({
    work: `${work}, ${DELAY_MS} ms away, compared with skopeo sync`,
    unit: 's',
    ours: ours?.seconds ?? Number.NaN,
    bare: theirs?.seconds ?? Number.NaN,
    aim: { atMost: 1 },
  });
  return [
    row(`warm ${TAGS_HERE} tags that are all here`, again),
    row(`warm ${TAGS_COLD} images of 13 MB that are not here`, cold),
  ];
}

async function time(work: () => Promise<void>): Promise<{ seconds: number }> {
  const startedAt = performance.now();
  await work();
  return { seconds: (performance.now() - startedAt) / 1000 };
}

async function run(file: string, args: readonly string[], input?: string): Promise<void> {
  const options = { ...LONG, ...(input !== undefined && { input }) };
  const { exitCode, stderr } = await runCommand(file, args, options);
  if (exitCode !== 0) throw new Error(`${file}: exit code ${exitCode}\n${stderr}`);
}
