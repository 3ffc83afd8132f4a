import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from '@registry-cache/testbed';
import { startReplicas } from '../../tests/e2e/replicas.ts';
import { openStage } from '../../tests/e2e/stage.ts';
import { findPid } from '../bench/lib/contender.ts';
import { startClients } from './clients.ts';
import type { SoakOutcome } from './one.ts';
import { pushImages } from './push-images.ts';
import { formatSample, type Sample, takeSample } from './sample.ts';
import { judge } from './verdict.ts';

const CLIENTS = 200;
/** Of each replica. All images together have more than the three stores. */
const MAX_SIZE_BYTES = 80 * 1024 * 1024;
const THRESHOLD_PERCENT = 20;
/** Each layer of the images may be on its way at once. */
const IN_FLIGHT_BYTES = 200 * 1024 * 1024;
const SAMPLE_MS = 10_000;

/** Three replicas with stores that are too small, many clients, and samples. */
export async function soakReplicas(durationMs: number): Promise<SoakOutcome> {
  await using stage = await openStage();
  const registry = await stage.upstream();
  const images = await pushImages(registry);
  const source = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: registry.url }),
  );
  const replicas = await startReplicas(
    stage,
    { 'soak.test': source },
    {
      env: {
        CLEANER_MAXSIZE: String(MAX_SIZE_BYTES),
        CLEANER_THRESHOLD_PERCENTAGE: String(THRESHOLD_PERCENT),
        MANIFEST_CACHE_DEFAULT_TIME: '5s',
      },
    },
  );
  const watched = await Promise.all(
    replicas.map(async ({ id, storeDir }) => {
      return { pid: await findPid(id), storeDir, samples: [] as Sample[] };
    }),
  );
  const clients = startClients(replicas, images, CLIENTS);
  let sourceBytes = 0;
  const endMs = Date.now() + durationMs;
  while (Date.now() < endMs) {
    await sleep(SAMPLE_MS);
    sourceBytes += source.bytes();
    source.forget();
    for (const [index, { pid, storeDir, samples }] of watched.entries()) {
      samples.push(await takeSample(pid, storeDir));
      process.stderr.write(`replica ${index + 1}: ${formatSample(samples.at(-1))}\n`);
    }
    process.stderr.write(`${clients.describe()}\n`);
  }
  const failures = await clients.stop();
  const limitBytes = MAX_SIZE_BYTES * (1 + THRESHOLD_PERCENT / 100) + IN_FLIGHT_BYTES;
  const grown = watched.flatMap(({ samples }, index) =>
    judge(samples, limitBytes).map((line) => `replica ${index + 1}: ${line}`),
  );
  const fetched = `${(sourceBytes / 1e9).toFixed(1)} GB from the source`;
  return {
    complaints: [...failures.slice(0, 20), ...grown],
    summary: `${CLIENTS} clients, ${clients.describe()}, ${fetched}`,
  };
}
