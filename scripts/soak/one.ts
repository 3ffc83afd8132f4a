import { setTimeout as sleep } from 'node:timers/promises';
import {
  openNetwork,
  startAppliance,
  startFaultProxy,
  startRegistry,
} from '@registry-cache/testbed';
import { findPid } from '../bench/lib/contender.ts';
import { startClients } from './clients.ts';
import { PHASES, playPhase } from './phases.ts';
import { pushImages } from './push-images.ts';
import { formatSample, type Sample, takeSample } from './sample.ts';
import { judge } from './verdict.ts';

const MAX_SIZE_BYTES = 120 * 1024 * 1024;
const THRESHOLD_PERCENT = 20;
const CLIENTS = 6;
/** So many bytes of the clients' downloads may be in flight beyond the limit. */
const IN_FLIGHT_BYTES = 60 * 1024 * 1024;
/** The outcome of a soak. */
export interface SoakOutcome {
  /** Empty after a good soak. */
  readonly complaints: readonly string[];
  readonly summary: string;
}

/** An appliance with a small store, a faulty upstream, clients, and samples. */
export async function soakOne(durationMs: number): Promise<SoakOutcome> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openNetwork());
  const registry = stack.use(await startRegistry({ host: network.gateway }));
  const images = await pushImages(registry);
  const faultProxy = stack.use(
    await startFaultProxy({ host: network.gateway, upstream: registry.url }),
  );
  const appliance = stack.use(
    await startAppliance({
      network,
      pullSecret: { auths: { 'soak.test': {} } },
      policyYaml: JSON.stringify({ upstreams: { 'soak.test': { url: faultProxy.url } } }),
      env: {
        CLEANER_MAXSIZE: String(MAX_SIZE_BYTES),
        CLEANER_THRESHOLD_PERCENTAGE: String(THRESHOLD_PERCENT),
        MANIFEST_CACHE_DEFAULT_TIME: '5s',
        EGRESS_IDLE_TIMEOUT: '2s',
      },
    }),
  );
  const pid = await findPid(appliance.id);
  const clients = startClients([appliance], images, CLIENTS);
  const samples: Sample[] = [];
  const endMs = Date.now() + durationMs;
  for (let turn = 0; Date.now() < endMs; turn += 1) {
    const phase = PHASES[turn % PHASES.length] ?? 'calm';
    await playPhase(phase, faultProxy, clients);
    samples.push(await takeSample(pid, appliance.storeDir));
    process.stderr.write(
      `${phase.padEnd(8)} ${clients.describe()} ${formatSample(samples.at(-1))}\n`,
    );
  }
  const failures = await clients.stop();
  await sleep(2_000);
  const limitBytes = MAX_SIZE_BYTES * (1 + THRESHOLD_PERCENT / 100) + IN_FLIGHT_BYTES;
  return {
    complaints: [...failures.slice(0, 20), ...judge(samples, limitBytes)],
    summary: clients.describe(),
  };
}
