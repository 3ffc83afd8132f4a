import {
  ANY_MANIFEST,
  type Content,
  createHttpClient,
  digestOf,
  type FaultProxy,
  layersOf,
  listTargets,
  pullTarget,
  pullTargets,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askHotLane } from './hot-lane.ts';
import { readHealth } from './inside.ts';
import { PEER_PORT, pullWithRetries, type Replica, SECRET, startReplicas } from './replicas.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
let stage: Stage;
let registry: RegistryProcess;
let outside: FaultProxy;
let replicas: readonly Replica[];

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  registry = await stage.upstream();
  outside = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  replicas = await startReplicas(stage, { 'reg.test': outside });
});

afterAll(() => stage[Symbol.asyncDispose]());

/** The replica of the n-th client. */
function replicaOf(client: number): Replica {
  const replica = replicas[client % replicas.length];
  if (replica === undefined) throw new Error('there are no replicas');
  return replica;
}

async function pushLayer(seed: string, sizeBytes: number): Promise<Content> {
  const plan = { seed, layerSizesBytes: [sizeBytes], compression: 'none' } as const;
  const [layer] = layersOf(await pushImage(registry, 'team/layers', seed, plan));
  if (layer === undefined) throw new Error('the image has no layer');
  return layer;
}

it('50 clients of three replicas cost the upstream one cold layer', async () => {
  const layer = await pushLayer('spread', 8 * MIB);
  outside.setRules({ when: { kind: 'blob' }, do: { delayMs: 50 } });
  const path = `/v2/reg.test/team/layers/blobs/${layer.digest}`;
  await Promise.all(
    Array.from({ length: 50 }, async (_, client) => {
      await using http = replicaOf(client).client({ idleTimeoutMs: 60_000 });
      await pullTarget(http, { path, digest: layer.digest });
    }),
  );
  outside.setRules();
  const bytes = outside.bytes({ kind: 'blob', reference: layer.digest });
  expect(bytes).toBeGreaterThanOrEqual(layer.bytes.length);
  expect(bytes).toBeLessThanOrEqual(layer.bytes.length * 1.05);
});

it('a whole image through each replica costs the upstream one pull and one check of its tag', async () => {
  const image = await pushImage(registry, 'team/app', 'v1', { seed: 'whole' });
  const before = outside.seen.length;
  const targets = listTargets('reg.test', 'team/app', 'v1', image);
  for (const replica of replicas) await pullTargets(replica, targets);
  const seen = outside.seen.slice(before).filter(({ kind }) => kind !== 'other');
  const asked = seen.map(({ method, kind, reference }) => `${method} ${kind} ${reference}`);
  expect(asked.filter((line) => line.includes(' v1'))).toHaveLength(1);
  expect(asked.filter((line, index) => asked.indexOf(line) !== index)).toEqual([]);
  // What was asked for is kept by each, and is no longer asked for.
  const count = outside.seen.length;
  for (const replica of replicas) await pullTargets(replica, targets.slice(1));
  expect(outside.seen).toHaveLength(count);
});

it('metrics tell what came from peers and went to them', async () => {
  const pages = await Promise.all(replicas.map((replica) => readHealth(replica, '/metrics')));
  const sum = (name: string) =>
    pages
      .flatMap((page) => page.split('\n'))
      .filter((line) => line.startsWith(name))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  const answered =
    'registry_cache_egress_peer_requests_total{upstream="reg.test",outcome="answered"}';
  expect(sum(answered)).toBeGreaterThan(3);
  expect(sum('registry_cache_egress_peer_bytes_total')).toBeGreaterThan(16 * MIB);
  expect(sum('haproxy_frontend_bytes_out_total{proxy="peer-listener"}')).toBeGreaterThan(16 * MIB);
});

it('who does not know the secret is refused in the handshake', async () => {
  const [replica] = replicas;
  const url = `https://${replica?.address}:${PEER_PORT}`;
  await using stranger = createHttpClient({ url, trustAnyone: true });
  await expect(stranger.get('/alive')).rejects.toThrow();
});

it('no header of a client makes it a peer', async () => {
  const layer = await pushLayer('forged', MIB);
  const path = `/v2/reg.test/team/layers/blobs/${layer.digest}`;
  const owner = { 'x-owner-upstream': 'reg.test', 'x-owner-key': layer.digest };
  await using client = replicaOf(0).client();
  const before = await sumOfAsked();
  const { status } = await client.get(path, { headers: { 'x-from-peer': '1', ...owner } });
  expect(status).toBe(200);
  // A peer's request would have gone to the upstream alone.
  expect(await sumOfAsked()).toBeGreaterThan(before);
});

it('a client that may not fetch gets what the owners have, and nothing else', async () => {
  const plan = { seed: 'here', layerSizesBytes: Array.from({ length: 6 }, () => 64 * 1024) };
  const image = await pushImage(registry, 'team/here', 'v1', plan);
  const away = await pushImage(registry, 'team/away', 'v1', { seed: 'away' });
  await pullTargets(replicaOf(0), listTargets('reg.test', 'team/here', 'v1', image));
  const before = outside.seen.length;
  const headers = { accept: ANY_MANIFEST, 'X-No-Fetch': 'no' };
  for (const replica of replicas) {
    const ask = (path: string) =>
      askHotLane(replica, 'reg.test', path.replace('/v2/reg.test/', '/v2/'), { headers });
    for (const { path, digest } of listTargets('reg.test', 'team/here', 'v1', image)) {
      const { status, body } = await ask(path);
      expect([status, digestOf(body)]).toEqual([200, digest]);
    }
    for (const { path } of listTargets('reg.test', 'team/away', 'v1', away)) {
      expect((await ask(path)).status).toBe(403);
    }
    // The bytes are here, and the link of another repository is no permission.
    const [layer] = layersOf(image);
    expect((await ask(`/v2/team/away/blobs/${layer?.digest}`)).status).toBe(403);
  }
  expect(outside.seen).toHaveLength(before);
});

it('peers go on while the secret changes on one replica after another', async () => {
  const [old, next] = [SECRET, 'the next secret of all the replicas'];
  // The steps of docs/replicas.md.
  const steps = [[old, next], [next, old], [next]];
  for (const [step, lines] of steps.entries()) {
    for (const [turn, replica] of replicas.entries()) {
      await changeSecret(replica, ...lines);
      await pullOnceThroughAll(`secret-${step}-${turn}`);
    }
  }
});

/** Pulls six cold layers through every replica, each of which may cost the upstream one request. */
async function pullOnceThroughAll(seed: string): Promise<void> {
  const layers = await Promise.all(
    Array.from({ length: 6 }, (_, index) => pushLayer(`${seed}-${index}`, 64 * 1024)),
  );
  for (const { digest } of layers) {
    const path = `/v2/reg.test/team/layers/blobs/${digest}`;
    for (const replica of replicas) await pullTargets(replica, [{ path, digest }]);
    expect(outside.count({ kind: 'blob', reference: digest, method: 'GET' })).toBe(1);
  }
}

it('a replica dies while 30 clients pull, and every pull is completed', async () => {
  const plan = {
    seed: 'killed',
    layerSizesBytes: Array.from({ length: 24 }, () => MIB / 4),
    compression: 'none',
  } as const;
  const image = await pushImage(registry, 'team/killed', 'v1', plan);
  const targets = listTargets('reg.test', 'team/killed', 'v1', image);
  outside.setRules({ when: { kind: 'blob' }, do: { delayMs: 200 } });
  const victim = replicaOf(2);
  const pulls = Array.from({ length: 30 }, async (_, client) => {
    for (const target of targets) await pullWithRetries(replicas, client, target);
  });
  await until('some layers are here', () => outside.count({ kind: 'blob' }) >= 4);
  await victim.kill();
  await Promise.all(pulls);
  outside.setRules();
  const layers = layersOf(image);
  const fetched = layers
    .map(({ digest }) => outside.bytes({ kind: 'blob', reference: digest }))
    .reduce((total, bytes) => total + bytes, 0);
  const whole = layers.reduce((total, { bytes }) => total + bytes.length, 0);
  expect(fetched / whole).toBeLessThanOrEqual(1 + 1 / 3 + 0.05);
  await victim.start();
});

async function sumOfAsked(): Promise<number> {
  const pages = await Promise.all(replicas.map((replica) => readHealth(replica, '/metrics')));
  return pages
    .flatMap((page) => page.split('\n'))
    .filter((line) => /^registry_cache_egress_peer_requests_total.*(?:answered|own)"/.test(line))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}

/** Changes the secret of a replica, and waits until its edge accepts that. */
async function changeSecret(replica: Replica, ...lines: readonly string[]): Promise<void> {
  const countReloads = async () => (await replica.logs()).split('"reloaded"').length;
  const before = await countReloads();
  await replica.writeSecret(...lines);
  await until('the edge is reloaded', async () => (await countReloads()) > before);
}
