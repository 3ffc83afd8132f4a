import { readdir } from 'node:fs/promises';
import { egressDir } from '@registry-cache/domain';
import {
  type Appliance,
  type Content,
  type FaultAction,
  type FaultProxy,
  type FaultRule,
  layersOf,
  type RegistryProcess,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
const SIZE_BYTES = 9 * MIB;
let stage: Stage;
let registry: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: registry.url }),
  );
  const env = { PREFETCH: 'off', EGRESS_IDLE_TIMEOUT: '1s' };
  appliance = await stage.appliance({ 'reg.test': faultProxy }, { env });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function pushLayer(seed: string, sizeBytes = SIZE_BYTES): Promise<Content> {
  const plan = { seed, layerSizesBytes: [sizeBytes] };
  const layer = layersOf(await pushImage(registry, 'team/broken', 'v1', plan))[0];
  if (layer === undefined) throw new Error('the image has no layer');
  return layer;
}

function pathOf({ digest }: Content): string {
  return `/v2/reg.test/team/broken/blobs/${digest}`;
}

function rule(action: FaultAction | readonly FaultAction[], rest: Partial<FaultRule> = {}) {
  return { when: { kind: 'blob' }, do: action, ...rest } as const;
}

const HARM: readonly (readonly [string, readonly FaultRule[]])[] = [
  ['cut', [rule({ cutAtByte: 3_000_000 }, { times: 2 })]],
  ['cut at once', [rule({ cutAtByte: 0 }, { times: 2 })]],
  ['stalled', [rule({ stallAtByte: 3_000_000 }, { times: 1 })]],
  ['refused for a while', [rule({ refuse: true }, { times: 2 })]],
  ['answered 503 in the middle', [rule({ respond: { status: 503 } }, { when: { nth: [2, 3] } })]],
  [
    'cut where Range is not supported',
    [rule({ ignoreRange: true }), rule({ cutAtByte: 3_000_000 }, { times: 2 })],
  ],
  ['without a length', [rule([{ ignoreRange: true }, { dropHeaders: ['content-length'] }])]],
  ['slow', [rule({ bytesPerSecond: 3 * MIB, share: 'all' })]],
];

it.each(HARM)('a body that is %s arrives complete and is stored', async (name, rules) => {
  const layer = await pushLayer(name);
  faultProxy.setRules(...rules);
  await using client = appliance.client();
  const answer = await client.get(pathOf(layer));
  expect([answer.status, answer.body.equals(layer.bytes)]).toEqual([200, true]);
  faultProxy.setRules({ do: { respond: { status: 500 } } });
  const again = await client.get(pathOf(layer));
  expect([again.headers['x-cache'], again.body.equals(layer.bytes)]).toEqual(['HIT', true]);
});

const WRONG: readonly (readonly [string, FaultAction | readonly FaultAction[]])[] = [
  ['wrong', { corruptByte: 1000 }],
  ['wrong at its end', [{ ignoreRange: true }, { corruptByte: SIZE_BYTES }]],
  [
    'too short without a length',
    [
      { ignoreRange: true },
      { dropHeaders: ['content-length', 'accept-ranges'] },
      { cutAtByte: 8 * MIB },
    ],
  ],
];

it.each(WRONG)(
  'a body that is %s never ends for a client, and is not stored',
  async (name, action) => {
    const layer = await pushLayer(name);
    faultProxy.setRules(rule(action));
    await using client = appliance.client();
    const herd = Array.from({ length: 5 }, () => client.get(pathOf(layer)));
    for (const outcome of await Promise.allSettled(herd)) expect(outcome.status).toBe('rejected');
    expect(await readdir(egressDir(appliance.storeDir))).toEqual([]);
    faultProxy.setRules();
    const answer = await client.get(pathOf(layer));
    expect([answer.headers['x-cache'], answer.body.equals(layer.bytes)]).toEqual(['MISS', true]);
  },
);

it('a small body that is wrong once arrives right, and one that stays wrong is an error', async () => {
  const layer = await pushLayer('small', 1000);
  faultProxy.setRules(rule({ corruptByte: 10 }, { times: 1 }));
  await using client = appliance.client();
  expect((await client.get(pathOf(layer))).body.equals(layer.bytes)).toBe(true);
  const other = await pushLayer('small and wrong', 1000);
  faultProxy.setRules(rule({ corruptByte: 10 }));
  const error = readError(await client.get(pathOf(other)));
  expect(error).toMatchObject({ status: 502, code: 'UNAVAILABLE' });
  expect(error.message).toMatch(/^reg\.test sent wrong bytes/);
});
