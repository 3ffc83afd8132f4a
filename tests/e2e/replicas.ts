import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type ApplianceOptions,
  makeTemporaryFolder,
  pullTargets,
  type Target,
  until,
} from '@registry-cache/testbed';
import { readHealth } from './inside.ts';
import { describeUpstreams, type Stage, type UpstreamUse } from './stage.ts';

export const PEER_PORT = 8444;
export const SECRET = 'one secret of all the replicas of a test';

/** A replica, its address on the network, and the folder of its secret. */
export interface Replica extends Appliance {
  readonly address: string;
  writeSecret(...lines: readonly string[]): Promise<void>;
}

export interface ReplicasOptions extends Omit<Partial<ApplianceOptions>, 'env'> {
  readonly env?: Readonly<Record<string, string>>;
  /** Their number. Default 3. */
  readonly count?: number;
  /** More members of PEERS, such as one that is silent. */
  readonly others?: readonly string[];
  /** How many of them all answer. Default all replicas. */
  readonly answering?: number;
  /** PEERS in place of the list of all addresses. */
  readonly peers?: string;
}

/** Starts replicas that act as one cache, each at an address of its own. */
export async function startReplicas(
  stage: Stage,
  upstreams: Readonly<Record<string, UpstreamUse>>,
  { count = 3, answering = count, others = [], peers, env, ...options }: ReplicasOptions = {},
): Promise<Replica[]> {
  const addresses = listAddresses(stage, count);
  const members = addresses.map((address) => `${address}:${PEER_PORT}`);
  const replicas = await Promise.all(
    addresses.map(async (address) => {
      const folder = stage.use(await makeTemporaryFolder('peers'));
      const writeSecret = (...lines: readonly string[]) =>
        writeFile(join(folder.path, 'secret'), `${lines.join('\n')}\n`, { mode: 0o644 });
      await writeSecret(SECRET);
      const appliance = await stage.appliance(upstreams, {
        ...describeUpstreams(upstreams),
        ...options,
        env: {
          PEERS: peers ?? [...members, ...others].join(' '),
          PEER_LISTEN: `:${PEER_PORT}`,
          PEER_SECRET_PATH: '/peers/secret',
          ...env,
        },
        extraMounts: [`${folder.path}:/peers:ro`],
        extraArgs: [`--ip=${address}`, ...(options.extraArgs ?? [])],
      });
      return { ...appliance, address, writeSecret };
    }),
  );
  await Promise.all(replicas.map((replica) => untilPeersAnswer(replica, answering)));
  return replicas;
}

/** Waits until the replica finds so many peers, itself included. */
export async function untilPeersAnswer(replica: Replica, count: number): Promise<void> {
  const isSo = async () => {
    const metrics = await readHealth(replica, '/metrics');
    return metrics.split('\n').filter((line) => UP.test(line)).length === count;
  };
  await until(`${count} peers answer`, isSo, { timeoutMs: 60_000 });
}

const UP = /^haproxy_server_status\{proxy="own:peers",.*state="UP"\} 1$/;

/** Addresses of the stage's network that podman gives to nobody so soon. */
function listAddresses({ network }: Stage, count: number): string[] {
  const start = network.gateway.replace(/\d+$/, '');
  return Array.from({ length: count }, (_, index) => `${start}${201 + index}`);
}

/** A client's own tries of one request. */
const TRIES = 6;

/** Pulls as a client behind a service does: after a failure it asks the next replica. */
export async function pullWithRetries(
  replicas: readonly Replica[],
  client: number,
  target: Target,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const replica = replicas[(client + attempt) % replicas.length];
    if (replica === undefined) throw new Error('there are no replicas');
    try {
      await pullTargets(replica, [target], 10_000);
      return;
    } catch (error) {
      if (attempt === TRIES) throw error;
    }
  }
}
