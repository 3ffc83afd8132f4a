import {
  type Bundle,
  type FaultProxy,
  type FaultRule,
  layersOf,
  listTargets,
  type RegistryProcess,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { askAsPeer, type FakePeer, startFakePeer } from './fake-peer.ts';
import { pullWithRetries, type Replica, startReplicas, untilPeersAnswer } from './replicas.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const CLIENTS = 6;
const LAYERS = 9;
let stage: Stage;
let registry: RegistryProcess;
let outside: FaultProxy;
let peer: FakePeer;
let replicas: readonly Replica[];

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  outside = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: registry.url }),
  );
  // It asks the registry itself, so `outside` sees the two real replicas alone.
  peer = await startFakePeer(stage, registry.url);
  replicas = await startReplicas(
    stage,
    { 'reg.test': outside },
    { count: 2, answering: 3, others: [peer.member], env: { EGRESS_IDLE_TIMEOUT: '2s' } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

afterEach(async () => {
  peer.setFaults();
  for (const replica of replicas) await untilPeersAnswer(replica, 3);
});

async function pushLayers(seed: string): Promise<Bundle> {
  const layerSizesBytes = Array.from({ length: LAYERS }, () => 128 * 1024);
  return pushImage(registry, 'team/faults', seed, { seed, layerSizesBytes, compression: 'none' });
}

/** Clients of both replicas pull the image. Their tools check every digest. */
async function pullByAll(seed: string, image: Bundle): Promise<void> {
  const targets = listTargets('reg.test', 'team/faults', seed, image);
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (const target of targets) await pullWithRetries(replicas, client, target);
    }),
  );
}

/** How often each layer was requested from the upstream. */
function countFetches(image: Bundle): number[] {
  return layersOf(image).map(({ digest }) =>
    outside.count({ kind: 'blob', method: 'GET', reference: digest }),
  );
}

const EVERY = { kind: ['manifest', 'blob'] } as const;

describe('a peer that', () => {
  const faults: readonly (readonly [string, readonly FaultRule[], number])[] = [
    ['is well', [], 1],
    ['is slow', [{ when: EVERY, do: [{ delayMs: 700 }, { bytesPerSecond: 400_000 }] }], 1],
    [
      'is of an earlier release, and tells less',
      [{ when: EVERY, do: { dropHeaders: ['docker-content-digest', 'etag', 'accept-ranges'] } }],
      1,
    ],
    ['does not know the version of the request', [{ when: EVERY, do: status(421) }], 2],
    ['answers 503', [{ when: EVERY, do: status(503) }], 2],
    ['answers with a page of its own', [{ when: EVERY, do: status(200, 'sorry') }], 2],
    ['sends wrong bytes', [{ when: EVERY, do: { corruptByte: 100 } }], 2],
    ['breaks off', [{ when: EVERY, do: { cutAtByte: 100 } }], 2],
    ['stalls', [{ when: EVERY, do: { stallAtByte: 100 } }], 2],
    ['resets connections', [{ do: { refuse: true } }], 2],
    ['falls silent', [{ do: { silent: true } }], 2],
  ];

  it.each(faults)('%s costs no pull', async (name, rules, most) => {
    const seed = name.replaceAll(/\W+/g, '-');
    const image = await pushLayers(seed);
    peer.setFaults(...rules);
    await pullByAll(seed, image);
    // A layer of that peer is fetched by each of the others at most.
    expect(Math.max(...countFetches(image))).toBeLessThanOrEqual(most);
  });
});

it('a replica refuses what it does not know, and answers those that name no version', async () => {
  const [replica] = replicas;
  if (replica === undefined) throw new Error('there is no replica');
  const image = await pushLayers('versions');
  const [layer] = layersOf(image);
  const path = `/v2/team/faults/blobs/${layer?.digest}`;
  const owner = { 'x-owner-upstream': 'reg.test' };
  const ask = (version: object) => askAsPeer(replica, path, { ...owner, ...version });
  expect(await ask({})).toBe(200);
  expect(await ask({ 'x-peer-protocol': '1' })).toBe(200);
  expect(await ask({ 'x-peer-protocol': '2' })).toBe(421);
});

function status(code: number, body = ''): FaultRule['do'] {
  return { respond: { status: code, body } };
}
