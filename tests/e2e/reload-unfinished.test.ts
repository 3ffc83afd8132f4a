import { until } from '@registry-cache/testbed';
import { expect, it } from 'vitest';
import { killProgram, readEvents, readMetric } from './inside.ts';
import { startNamedUpstreams } from './named-upstreams.ts';
import { openStage, pushImage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

it('a reload that a busy program delays is applied later, without another change', async () => {
  await using stage = await openStage();
  const upstreams = await startNamedUpstreams(stage, ['stays.test', 'later.test']);
  const image = await pushImage(upstreams.registry, 'team/app', 'v1', { seed: 'unfinished' });
  const appliance = await stage.appliance(
    {},
    { ...upstreams.options, pullSecret: upstreams.pullSecret('stays.test') },
  );
  // A stopped nginx opens no socket for the new registry.
  await killProgram(appliance, 'nginx-master', 'STOP');
  await appliance.writePullSecret(upstreams.pullSecret('stays.test', 'later.test'));
  const isHeldUp = async () =>
    (await readEvents(appliance)).some(({ msg }) => msg === 'a changed input could not be applied');
  await until('the reload is held up', isHeldUp, { timeoutMs: 60_000, intervalMs: 500 });
  const good = 'registry_cache_config_last_reload_successful';
  expect(await readMetric(appliance, good)).toBe(0);

  await killProgram(appliance, 'nginx-master', 'CONT');
  const isGood = async () => (await readMetric(appliance, good)) === 1;
  await until('the reload is carried out', isGood, { timeoutMs: 60_000 });
  await pullTargets(
    appliance,
    listTargets(upstreams.prefix('later.test'), 'team/app', 'v1', image),
  );
});
