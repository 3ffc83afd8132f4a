/** The time from a write to the mounted pull secret until the change is in effect. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Appliance, openNetwork, startAppliance } from '@registry-cache/testbed';
import { readMetric } from '../../tests/e2e/inside.ts';
import { alternate } from './lib/alternate.ts';
import type { Row } from './lib/table.ts';

const LIMIT_SECONDS = 2;
const GOOD = 'registry_cache_config_last_reload_successful';
const ONE = { auths: { 'reg0.test': {} } };
const BOTH = { auths: { 'reg0.test': {}, 'reg1.test': {} } };

export async function benchPullSecret(): Promise<Row[]> {
  await using network = await openNetwork();
  await using appliance = await startAppliance({ network, pullSecret: BOTH });
  const measure = async () => {
    const gone = await time(appliance, ONE, async () => !(await isServed(appliance)));
    const broken = await time(
      appliance,
      '{',
      async () => (await readMetric(appliance, GOOD)) === 0,
    );
    const served = await time(appliance, BOTH, () => isServed(appliance));
    return { gone, broken, served };
  };
  const [found] = await alternate([appliance], measure);
  if (found === undefined) return [];
  const work = 'a pull secret written in place, until';
  const aim = { atMost: LIMIT_SECONDS };
  return [
    { work: `${work} a registry that came is served`, unit: 's', ours: found.served, aim },
    { work: `${work} one that went is refused`, unit: 's', ours: found.gone, aim },
    { work: `${work} a metric says that it is broken`, unit: 's', ours: found.broken, aim },
  ];
}

/** Seconds from the write to `isDone`. The write is not in step with the watcher's period. */
async function time(
  appliance: Appliance,
  secret: object | string,
  isDone: () => Promise<boolean>,
): Promise<number> {
  await sleep(1_000 + Math.random() * 1_000);
  await appliance.writePullSecret(secret);
  const startedMs = performance.now();
  while (!(await isDone())) await sleep(20);
  return (performance.now() - startedMs) / 1000;
}

/** The error for a name that is not served lists the served ones. */
async function isServed(appliance: Appliance): Promise<boolean> {
  await using client = appliance.client();
  const answer = await client.get('/v2/unknown.test/app/manifests/v1');
  return JSON.stringify(answer.json()).includes('reg1.test');
}
