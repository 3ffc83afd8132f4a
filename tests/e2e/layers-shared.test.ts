import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  layersOf,
  makeImage,
  pushBundle,
  type RegistryProcess,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { openStage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
const IMAGE: Bundle = makeImage({ seed: 'shared', layerSizesBytes: [6 * MIB] });
const LAYER = layersOf(IMAGE)[0];
let stage: Stage;
let one: FaultProxy;
let two: FaultProxy;
let second: RegistryProcess;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const first = await stage.upstream();
  second = await stage.upstream();
  await pushBundle(first, 'team/first', 'v1', IMAGE);
  await pushBundle(first, 'team/other', 'v1', IMAGE);
  await pushBundle(second, 'else/where', 'v1', IMAGE);
  one = stage.use(await startFaultProxy({ host, upstream: first.url }));
  two = stage.use(await startFaultProxy({ host, upstream: second.url }));
  const env = { PREFETCH: 'off' };
  appliance = await stage.appliance({ 'one.test': one, 'two.test': two }, { env });
  await using client = appliance.client();
  await client.get(pathIn('one.test/team/first'));
});

afterAll(() => stage[Symbol.asyncDispose]());

function pathIn(repository: string): string {
  return `/v2/${repository}/blobs/${LAYER?.digest}`;
}

it.each([
  ['another repository', 'one.test/team/other', () => one],
  ['another registry', 'two.test/else/where', () => two],
])(
  'a stored layer is linked for %s after a HEAD, and not fetched again',
  async (_name, repository, faultProxy) => {
    faultProxy().forget();
    await using client = appliance.client();
    for (const cache of ['MISS', 'HIT']) {
      const answer = await client.get(pathIn(repository));
      expect([answer.status, answer.headers['x-cache']]).toEqual([200, cache]);
      expect(answer.body.equals(LAYER?.bytes ?? Buffer.alloc(0))).toBe(true);
      expect(answer.headers['docker-content-digest']).toBe(LAYER?.digest);
    }
    expect(faultProxy().seen.map(({ method }) => method)).toEqual(['HEAD']);
  },
);

it.each([
  ['does not have it', 404, {}],
  ['refuses it', 403, { do: { respond: { status: 403 } } }],
  ['limits requests', 429, { do: { respond: { status: 429, headers: { 'retry-after': '7' } } } }],
] as const)(
  'a stored layer is not served from an upstream that %s',
  async (_name, status, rule) => {
    two.setRules(...('do' in rule ? [rule] : []));
    await using client = appliance.client();
    const path = pathIn(`two.test/not/yours-${status}`);
    expect(readError(await client.get(path))).toMatchObject({ status });
    expect((await client.get(path, { headers: { range: 'bytes=0-9' } })).status).toBe(status);
    expect((await client.head(path)).status).toBe(status);
    two.setRules();
  },
);

it('a linked layer is served to HEAD and Range', async () => {
  await using client = appliance.client();
  const path = pathIn('one.test/team/first');
  one.forget();
  const part = await client.get(path, { headers: { range: 'bytes=5-9' } });
  expect([part.status, part.body.equals(LAYER?.bytes.subarray(5, 10) ?? part.body)]).toEqual([
    206,
    true,
  ]);
  expect(one.seen).toEqual([]);
});
