/** Idle memory: the proportional set size of every process, some time after a pull from each upstream. */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeImage, openNetwork, pushBundle, startRegistry } from '@registry-cache/testbed';
import { warm } from './lib/clients.ts';
import { type Contender, IMAGE, startBare, startOurs } from './lib/contender.ts';
import { makePrivateImage } from './lib/private-image.ts';
import { listProcesses, readPssMb } from './lib/processes.ts';
import type { Row } from './lib/table.ts';

const COUNTS = [5, 6, 10];
const IDLE_MS = Number(process.env.BENCH_IDLE_MS ?? 30_000);
const LIMIT_MB = 250;
const LIMIT_EACH_MB = 20;

export async function benchMemory(): Promise<Row[]> {
  await using image = await makePrivateImage(IMAGE);
  await using network = await openNetwork();
  await using upstream = await startRegistry({ host: network.gateway });
  const app = makeImage({ seed: 'bench memory' });
  await pushBundle(upstream, 'bench/app', 'v1', app);
  const path = 'bench/app/manifests/v1';
  const totals: { count: number; ours: number; bare: number }[] = [];
  for (const count of COUNTS) {
    const ours = await measureIdle(
      await startOurs(network, upstream.url, count, { image: image.reference }),
      async (contender) => {
        for (let nth = 0; nth < count; nth += 1) await warm(contender, contender.path(path, nth));
      },
    );
    const bare = await measureIdle(
      await startBare(network, upstream.url, count, { image: image.reference }),
      async (contender) => {
        for (let nth = 0; nth < count; nth += 1) {
          await warm(contender.at(nth), contender.path(path));
        }
      },
    );
    totals.push({ count, ours, bare });
  }
  const [first, ...others] = totals;
  if (first === undefined) return [];
  const rows: Row[] = totals.map(({ count, ours, bare }) => ({
    work: `idle memory with ${count} upstreams (distribution: ${count} processes)`,
    unit: 'MB',
    ours,
    bare,
  }));
  rows.push({
    work: `idle memory with ${first.count} upstreams`,
    unit: 'MB',
    ours: first.ours,
    aim: { atMost: LIMIT_MB },
  });
  for (const { count, ours } of others) {
    rows.push({
      work: `idle memory, each upstream from ${first.count} to ${count}`,
      unit: 'MB',
      ours: (ours - first.ours) / (count - first.count),
      aim: { atMost: LIMIT_EACH_MB },
    });
  }
  return rows;
}

async function measureIdle(
  started: Contender,
  use: (contender: Contender) => Promise<void>,
): Promise<number> {
  await using contender = started;
  await use(contender);
  await sleep(IDLE_MS);
  const sizes = listProcesses(contender.pid).map(({ pid, command }) => ({
    name: nameOf(command),
    mb: readPssMb(pid),
  }));
  const total = sizes.reduce((sum, { mb }) => sum + mb, 0);
  const list = sizes.map(({ name, mb }) => `${name} ${mb.toFixed(1)}`).join(', ');
  process.stderr.write(`${contender.name}: ${total.toFixed(1)} MB: ${list}\n`);
  return total;
}

/** Names a worker by its bundle, an engine by its configuration, and others by their program. */
function nameOf(command: string): string {
  const told = /(\w+)\.mjs/.exec(command)?.[1] ?? /engines\/([^/ ]+)\.yml/.exec(command)?.[1];
  return told ?? command.split(' ')[0]?.replace(/^.*\//, '') ?? '?';
}
