import { type Appliance, type RegistryProcess, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  appliance = await stage.appliance({ 'reg.test': upstream }, { env: { CLEANER_MAXSIZE: '1G' } });
});

afterAll(() => stage[Symbol.asyncDispose]());

interface Status {
  readonly servingSince: string;
  readonly store: { readonly usedBytes: number; readonly limitBytes: number };
  readonly upstreams: readonly { readonly name: string; readonly state: string }[];
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

async function readStatus(): Promise<Status> {
  const { stdout } = await appliance.exec(['registry-cache', 'status', '--json']);
  return JSON.parse(stdout) as Status;
}

it('shows an upstream that goes away and comes back, and a configuration that is refused', async () => {
  const image = await pushImage(upstream, 'team/app', 'v1', { seed: 'status' });
  await pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', image));
  const before = await until('the store is measured', async () => {
    const status = await readStatus();
    return status.store !== undefined && status;
  });
  expect(before.store.limitBytes).toBe(1024 ** 3);
  expect(Date.parse(before.servingSince)).toBeLessThan(Date.now());
  expect(before.upstreams).toMatchObject([{ name: 'reg.test', state: 'up' }]);
  expect(before.problems).toEqual([]);

  await upstream.stop();
  const cold = listTargets('reg.test', 'team/cold', 'v1', image);
  await until('the upstream is down', async () => {
    await pullTargets(appliance, cold.slice(0, 1)).catch(() => undefined);
    const { upstreams, problems } = await readStatus();
    return upstreams[0]?.state === 'down' && problems[0]?.code === 'upstream-down';
  });
  const { stdout } = await appliance.exec(['registry-cache', 'status']);
  expect(stdout).toMatch(/^registry-cache \S+, serving since /);
  expect(stdout).toMatch(/^reg\.test +down +\S+ +\S/m);
  expect(stdout).toMatch(/^! reg\.test does not answer: /m);

  await upstream.start();
  await until('the upstream is up', async () => (await readStatus()).upstreams[0]?.state === 'up');

  await appliance.writePullSecret('{"auths": {');
  await until('the change is refused', async () => {
    const { problems } = await readStatus();
    return problems.some(({ code }) => code === 'configuration-refused');
  });
});
