import { once } from 'node:events';
import { createServer } from 'node:net';
import {
  type FaultProxy,
  listTargets,
  pullTargets,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startReplicas } from './replicas.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let outside: FaultProxy;
let targets: ReturnType<typeof listTargets>;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const registry = await stage.upstream();
  outside = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  const plan = { seed: 'alone', layerSizesBytes: [65_536, 65_536, 65_536, 65_536, 65_536] };
  const image = await pushImage(registry, 'team/alone', 'v1', plan);
  targets = listTargets('reg.test', 'team/alone', 'v1', image);
});

afterAll(() => stage[Symbol.asyncDispose]());

it('a peer that is silent costs seconds, and no pull', async () => {
  const silent = createServer((socket) => void socket.on('error', () => undefined)).listen(
    0,
    stage.network.gateway,
  );
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const others = [`${stage.network.gateway}:${port}`];
  const [replica] = await startReplicas(stage, { 'reg.test': outside }, { count: 1, others });
  if (replica === undefined) throw new Error('there is no replica');
  const startedAt = performance.now();
  await pullTargets(replica, targets);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  await replica.remove();
  silent.close();
});

it('while the name of the peers has no answer, a replica asks the upstream by itself', async () => {
  const options = { count: 1, answering: 0, peers: 'dns:peers.nowhere.test:8444' };
  const [replica] = await startReplicas(stage, { 'reg.test': outside }, options);
  if (replica === undefined) throw new Error('there is no replica');
  const startedAt = performance.now();
  await pullTargets(replica, targets);
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  await replica.remove();
});
