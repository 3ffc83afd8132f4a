import {
  type Bundle,
  type FaultProxy,
  layersOf,
  listTargets,
  type RegistryProcess,
  runOrThrow,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNameServer } from '../../packages/egress/src/testing/name-server.ts';
import { killProgram } from './inside.ts';
import {
  PEER_PORT,
  pullWithRetries,
  type Replica,
  startReplicas,
  untilPeersAnswer,
} from './replicas.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const NAME = 'peers.test';
const CLIENTS = 6;
const LAYERS = 12;
let stage: Stage;
let registry: RegistryProcess;
let outside: FaultProxy;
let names: Awaited<ReturnType<typeof startNameServer>>;
let replicas: readonly [Replica, Replica, Replica];
let count = 0;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  registry = await stage.upstream();
  outside = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  // HAProxy asks the name servers of resolv.conf, at port 53.
  names = stage.use(await startNameServer({}, { host, port: 53 }));
  const addresses = [201, 202, 203].map((last) => host.replace(/\d+$/, String(last)));
  names.setNames({ [NAME]: { a: addresses } });
  const [first, second, third] = await startReplicas(
    stage,
    { 'reg.test': outside },
    { peers: `dns:${NAME}:${PEER_PORT}`, extraArgs: [`--dns=${host}`] },
  );
  if (first === undefined || second === undefined || third === undefined) {
    throw new Error('there are no three replicas');
  }
  replicas = [first, second, third];
});

afterAll(() => stage[Symbol.asyncDispose]());

/** Clients of all replicas pull a new image. Meanwhile the fault comes and goes. */
async function pullDuring(begin: () => Promise<void>, end: () => Promise<void>): Promise<Bundle> {
  count += 1;
  const seed = `network-${count}`;
  const layerSizesBytes = Array.from({ length: LAYERS }, () => 128 * 1024);
  const plan = { seed, layerSizesBytes, compression: 'none' } as const;
  const image = await pushImage(registry, 'team/network', seed, plan);
  const targets = listTargets('reg.test', 'team/network', seed, image);
  const half = Math.ceil(targets.length / 2);
  const pull = async (part: typeof targets) => {
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (const target of part) await pullWithRetries(replicas, client, target);
      }),
    );
  };
  const first = pull(targets.slice(0, half));
  await begin();
  await first;
  const second = pull(targets.slice(half));
  await end();
  await second;
  for (const replica of replicas) await untilPeersAnswer(replica, 3);
  return image;
}

/** How often each layer was requested from the upstream, the most first. */
function countFetches(image: Bundle): number[] {
  return layersOf(image)
    .map(({ digest }) => outside.count({ kind: 'blob', method: 'GET', reference: digest }))
    .toSorted((one, other) => other - one);
}

const addressesOf = (...some: readonly Replica[]) => ({
  [NAME]: { a: some.map(({ address }) => address) },
});

/** Drops packets that reach the replica, by a rule of iptables; returns how to undo it. */
async function drop({ pid }: Replica, ...rule: readonly string[]): Promise<() => Promise<void>> {
  const change = async (how: '-I' | '-D') => {
    const enter = [`--target=${await pid()}`, '--net', 'iptables', how, 'INPUT'];
    await runOrThrow('nsenter', [...enter, '--protocol', 'tcp', ...rule, '--jump', 'DROP']);
  };
  await change('-I');
  return () => change('-D');
}

describe('no pull fails and a layer costs two requests at most while', () => {
  const expectTwoAtMost = (image: Bundle) => {
    expect(countFetches(image)[0]).toBeLessThanOrEqual(2);
  };

  it('a replica is cut off from the others', async () => {
    const [one, two, three] = replicas;
    const undo: (() => Promise<void>)[] = [];
    const image = await pullDuring(
      async () => {
        for (const other of [two, three]) {
          undo.push(await drop(one, '--source', other.address));
          undo.push(await drop(other, '--source', one.address));
        }
      },
      async () => {
        for (const again of undo) await again();
      },
    );
    expectTwoAtMost(image);
  });

  it('a replica reaches another that does not reach it', async () => {
    const [one, two] = replicas;
    let undo = async () => {};
    const image = await pullDuring(
      async () => {
        undo = await drop(one, '--source', two.address, '--dport', String(PEER_PORT));
      },
      () => undo(),
    );
    expectTwoAtMost(image);
  });

  it('the egress of a replica hangs', async () => {
    const [one] = replicas;
    const image = await pullDuring(
      async () => void (await killProgram(one, 'egress', 'STOP')),
      async () => void (await killProgram(one, 'egress', 'CONT')),
    );
    expectTwoAtMost(image);
  });

  it('the name has other addresses', async () => {
    const [one, two, three] = replicas;
    const image = await pullDuring(
      async () => names.setNames(addressesOf(one, two)),
      async () => names.setNames(addressesOf(one, two, three)),
    );
    expectTwoAtMost(image);
  });
});

describe('replicas keep the peers that they know, and share their work, while the name server', () => {
  it.each(['silent', 'failing'] as const)('is %s', async (mode) => {
    const image = await pullDuring(
      async () => names.setMode(mode),
      async () => names.setMode('answering'),
    );
    expect(countFetches(image)[0]).toBe(1);
  });

  it('says that there is no such name', async () => {
    const image = await pullDuring(
      async () => names.setNames({}),
      async () => names.setNames(addressesOf(...replicas)),
    );
    expect(countFetches(image)[0]).toBe(1);
  });
});
