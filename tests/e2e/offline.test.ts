import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { askManifest } from './tag-requests.ts';
import { listTargets, pullTargets } from './traffic.ts';

let stage: Stage;
let faultProxy: FaultProxy;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: upstream.url }),
  );
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'offline' });
  await pushImage(upstream, 'team/cold', 'v1', { seed: 'offline, cold' });
});

afterAll(() => stage[Symbol.asyncDispose]());

const targets = () => listTargets('reg.test', 'team/app', 'v1', image);

async function expectCutOff(appliance: Appliance): Promise<void> {
  faultProxy.forget();
  await pullTargets(appliance, targets());
  expect(await askManifest(appliance, 'reg.test/team/app:v1')).toMatchObject({ cache: 'STALE' });
  await using client = appliance.client();
  for (const path of ['manifests/v1', `blobs/sha256:${'d'.repeat(64)}`]) {
    const { status, code, message } = readError(await client.get(`/v2/reg.test/team/cold/${path}`));
    expect([status, code]).toEqual([503, 'UNAVAILABLE']);
    expect(message).toContain('reg.test is offline by order of the operator');
  }
  expect(faultProxy.seen).toEqual([]);
}

it('an upstream can be put offline and online again while the cache runs', async () => {
  const use = { url: faultProxy.url, tags: { default: '1s' } };
  const appliance = await stage.appliance({ 'reg.test': use });
  await pullTargets(appliance, targets());
  await sleep(1_200);
  const write = (offline: boolean) =>
    appliance.writePolicy(describeUpstreams({ 'reg.test': { ...use, offline } }).policyYaml);
  const statusOf = async () => (await askManifest(appliance, 'reg.test/team/none:v1')).status;
  await write(true);
  await until('it is offline', async () => (await statusOf()) === 503);
  await expectCutOff(appliance);
  await write(false);
  await until('it is online', async () => (await statusOf()) === 404);
  expect(await askManifest(appliance, 'reg.test/team/app:v1')).toMatchObject({ cache: 'MISS' });
});

it('a setting puts all upstreams offline from the start on', async () => {
  const use = { 'reg.test': { url: faultProxy.url, tags: { default: '1s' } } };
  const filled = await stage.appliance(use);
  await pullTargets(filled, targets());
  await filled.stop();
  await sleep(1_200);
  const { storeDir } = filled;
  const appliance = await stage.appliance(use, { storeDir, env: { OFFLINE: 'true' } });
  await expectCutOff(appliance);
});
