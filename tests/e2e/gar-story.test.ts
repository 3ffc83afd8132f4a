import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bundle,
  basicAuthorization,
  createCertificateAuthority,
  createCriMachineClient,
  createHttpClient,
  type DebianSuite,
  type FaultProxy,
  type Google,
  layersOf,
  type Machine,
  makeImage,
  openMachine,
  pullTarget,
  pushBundle,
  startContainerd,
  startFaultProxy,
  startGoogle,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectFailure, expectSuccess } from './clients/proofs.ts';
import { setUpByCache } from './clients/set-up.ts';
import { startArtifactRegistry } from './cloud-registries.ts';
import { readMetric } from './inside.ts';
import { openNodePort } from './node-port.ts';
import { type Replica, startReplicas } from './replicas.ts';
import { openStage, type Stage } from './stage.ts';
import { listTargets, type Target } from './traffic.ts';

const GAR = 'us-central1-docker.pkg.dev';
/** The nodes' `localhost`: an address of this machine that no other suite has. */
const NODE_PORT = { host: '127.13.0.4', port: 30026 };
const ADDRESS = 'localhost:30026';
const LOGIN = { username: 'cluster', password: 'pa:ss of the cluster' };
/** What a Secret of the type kubernetes.io/dockerconfigjson has as `.dockerconfigjson`. */
const DOCKER_CONFIG = JSON.stringify({
  auths: { [ADDRESS]: { ...LOGIN, auth: basicAuthorization(LOGIN).replace('Basic ', '') } },
});
/** Access tokens end this soon, so that the story sees them renewed. */
const LIFETIME_SECONDS = 15;
const LIFETIME_MS = LIFETIME_SECONDS * 1000;
const KIB = 1024;

const busybox = makeImage({ seed: 'story busybox', layerSizesBytes: [900 * KIB, 300 * KIB] });
const late = makeImage({ seed: 'story late', layerSizesBytes: [200 * KIB] });
const later = makeImage({ seed: 'story later', layerSizesBytes: [200 * KIB] });
/** Images of many layers, so that each replica has a part of each. */
const apps = Array.from({ length: 3 }, (_, index) =>
  makeImage({
    seed: `story app ${index}`,
    layerSizesBytes: Array.from({ length: 8 }, () => 256 * KIB),
    compression: 'none',
  }),
);

let stage: Stage;
let google: Google;
/** The registry behind Google's tokens. It counts what the cache fetches. */
let behind: FaultProxy;
let replicas: readonly Replica[];
let ca: string;
let startedMs: number;
let nodes: readonly Node[];

/** A node of the cluster. */
interface Node {
  /** Pulls for a pod that has this `.dockerconfigjson` as its imagePullSecret, or has none. */
  pull(image: string, pullSecret?: string): ReturnType<Machine['run']>;
}

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  google = stage.use(await startGoogle({ host }));
  google.lifetimeSeconds = LIFETIME_SECONDS;
  const registry = await stage.upstream();
  for (const [image, bundle] of listImages()) {
    const [repository = '', tag = ''] = image.split(':');
    await pushBundle(registry, repository, tag, bundle);
  }
  behind = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  const gar = stage.use(await startArtifactRegistry({ host, behind }, google));
  const authority = await createCertificateAuthority();
  ca = authority.certificatePem;
  startedMs = performance.now();
  // As in docs/kubernetes.md: one registry without its name, the cloud's identity, a login.
  replicas = await startReplicas(
    stage,
    {},
    {
      tls: {
        ...(await authority.issue({ names: ['localhost', '127.0.0.1', NODE_PORT.host] })),
        ca,
      },
      pullSecret: { auths: { [GAR]: {} } },
      policyYaml: JSON.stringify({ upstreams: { [GAR]: { url: gar.url, credentials: 'google' } } }),
      passwords: { [LOGIN.username]: LOGIN.password },
      env: { DEFAULT_REGISTRY: GAR, GCE_METADATA_HOST: `${host}:${google.metadata.port}` },
    },
  );
  const endpoints = replicas.map(({ address }) => ({ host: address, port: 8443 }));
  stage.use(await openNodePort(NODE_PORT, endpoints));
  nodes = await Promise.all([openKubelet('bookworm'), openKubelet('sid'), openPodman()]);
});

afterAll(() => stage[Symbol.asyncDispose]());

/** Each image with its name at the registry. */
function listImages(): [string, Bundle][] {
  const ofApps = apps.map((app, index): [string, Bundle] => [`project/repo/app-${index}:v1`, app]);
  return [
    ['project/repo/busybox:1.37', busybox],
    ['project/repo/late:v1', late],
    ['project/repo/later:v1', later],
    ...ofApps,
  ];
}

/** A node with containerd, which the cache's own set-up gives the certificate. */
async function openKubelet(suite: DebianSuite): Promise<Node> {
  const machine = await openNode(suite);
  const [appliance] = replicas;
  if (appliance === undefined) throw new Error('there are no replicas');
  await setUpByCache(machine, { appliance }, 'containerd', ADDRESS);
  await startContainerd(machine);
  return {
    pull: async (image, pullSecret) => {
      const client = createCriMachineClient(machine);
      // A kubelet reads the login from the Secret, and sends it with the pull.
      if (pullSecret !== undefined) await client.login(ADDRESS, readLogin(pullSecret));
      return client.pull(image);
    },
  };
}

async function openPodman(): Promise<Node> {
  const machine = await openNode('trixie');
  await machine.write(`/etc/containers/certs.d/${ADDRESS}/ca.crt`, ca);
  return {
    pull: async (image, pullSecret = '{}') => {
      await machine.write('/run/secret/.dockerconfigjson', pullSecret);
      const authFile = '--authfile=/run/secret/.dockerconfigjson';
      return machine.run('podman', ['pull', '--quiet', authFile, image]);
    },
  };
}

async function openNode(suite: DebianSuite): Promise<Machine> {
  return stage.use(await openMachine({ suite, hosts: { localhost: NODE_PORT.host } }));
}

function readLogin(dockerConfigJson: string): typeof LOGIN {
  const { auths } = JSON.parse(dockerConfigJson) as {
    auths: Record<string, { auth: string }>;
  };
  const [username = '', password = ''] = atob(auths[ADDRESS]?.auth ?? '').split(/:(.*)/s);
  return { username, password };
}

/** Tries again, as a kubelet does. Its pauses are longer. */
async function pullWithRetries(node: Node, image: string): Promise<void> {
  await until(
    `${image} is pulled`,
    async () => {
      expectSuccess(await node.pull(`${ADDRESS}/${image}`, DOCKER_CONFIG));
      return true;
    },
    { timeoutMs: 60_000, intervalMs: 1_000 },
  );
}

/** A client of the NodePort that makes a new connection for each attempt. */
async function requestWithRetries(target: Target): Promise<void> {
  await until(
    `${target.path} comes`,
    async () => {
      await using http = openClient();
      await pullTarget(http, target);
      return true;
    },
    { timeoutMs: 60_000, intervalMs: 500 },
  );
}

function openClient(credentials: typeof LOGIN | undefined = LOGIN) {
  const url = `https://${NODE_PORT.host}:${NODE_PORT.port}`;
  const login = credentials === undefined ? {} : { credentials };
  return createHttpClient({ url, ca, idleTimeoutMs: 10_000, ...login });
}

/** Without the registry's name. */
const targetsOf = (repository: string, tag: string, image: Bundle) =>
  listTargets('project', `repo/${repository}`, tag, image);

/** How often the layers of these images came from the registry. */
function countFetches(images: readonly Bundle[]): number {
  const layers = images.flatMap(layersOf);
  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
  const fetched = sum(
    layers.map(({ digest }) => behind.bytes({ kind: 'blob', reference: digest })),
  );
  return fetched / sum(layers.map(({ bytes }) => bytes.length));
}

const countTokens = () =>
  google.metadata.requests.filter((line) => line.endsWith('/service-accounts/default/token'))
    .length;

/** The most renewals of all replicas since their start: two in each lifetime of a token. */
const mostTokens = () =>
  replicas.length * (1 + Math.floor((performance.now() - startedMs) / (LIFETIME_MS / 2)));

test('the story of Artifact Registry in a cluster: nodes pull by the NodePort, with the imagePullSecret of their pods', async () => {
  const image = `${ADDRESS}/project/repo/busybox:1.37`;
  const clients = Array.from({ length: 12 }, async () => {
    await using http = openClient();
    for (const target of targetsOf('busybox', '1.37', busybox)) await pullTarget(http, target);
  });
  const pulls = nodes.map(async (node) => expectSuccess(await node.pull(image, DOCKER_CONFIG)));
  await Promise.all([...clients, ...pulls]);
  const served = await Promise.all(replicas.map(async (one) => (await one.accessLog()).length));
  expect(served.every((count) => count > 0)).toBe(true);
  expect(countFetches([busybox])).toBeGreaterThanOrEqual(1);
  expect(countFetches([busybox])).toBeLessThanOrEqual(1.05);
  expect(countTokens()).toBeGreaterThan(0);
  expect(countTokens()).toBeLessThanOrEqual(mostTokens());
});

test('the story of Artifact Registry in a cluster: a wrong login is refused, and so is none', async () => {
  const image = `${ADDRESS}/project/repo/app-0:v1`;
  const wrong = { ...LOGIN, password: 'wrong' };
  const auth = basicAuthorization(wrong).replace('Basic ', '');
  const secret = JSON.stringify({ auths: { [ADDRESS]: { auth } } });
  const refused = /unauthorized|401|authentication required|basic credential not found/i;
  for (const node of nodes) {
    expectFailure(await node.pull(image, secret), refused);
    expectFailure(await node.pull(image), refused);
  }
  await using stranger = openClient(wrong);
  expect((await stranger.get('/v2/project/repo/busybox/manifests/1.37')).status).toBe(401);
});

test('the story of Artifact Registry in a cluster: a replica is killed while nodes pull, and no pull fails', async () => {
  behind.forget();
  behind.setRules({ when: { kind: 'blob' }, do: { delayMs: 200 } });
  const pulls = nodes.map(async (node, index) => {
    for (const next of apps.keys()) {
      await pullWithRetries(node, `project/repo/app-${(index + next) % apps.length}:v1`);
    }
  });
  const clients = Array.from({ length: 12 }, async (_, index) => {
    const app = index % apps.length;
    const targets = targetsOf(`app-${app}`, 'v1', apps[app] ?? busybox);
    for (const target of targets) await requestWithRetries(target);
  });
  await until('some layers are here', () => behind.count({ kind: 'blob' }) >= 4);
  await replicas[2]?.kill();
  await Promise.all([...pulls, ...clients]);
  behind.setRules();
  expect(countFetches(apps)).toBeLessThanOrEqual(1 + 1 / 3 + 0.05);
});

test('the story of Artifact Registry in a cluster: a replica that comes without state serves all', async () => {
  const [, , replica] = replicas;
  if (replica === undefined) throw new Error('there are no replicas');
  await rm(`${replica.storeDir}/blobs`, { recursive: true });
  await rm(`${replica.storeDir}/registries`, { recursive: true });
  await replica.start();
  await using http = replica.client({ credentials: LOGIN });
  for (const target of targetsOf('busybox', '1.37', busybox)) await pullTarget(http, target);
});

test('the story of Artifact Registry in a cluster: an access token that has ended is renewed, once for all who pull', async () => {
  await sleep(LIFETIME_MS);
  const before = countTokens();
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      await using http = openClient();
      for (const target of targetsOf('late', 'v1', late)) await pullTarget(http, target);
    }),
  );
  const lifetimes = Math.floor((performance.now() - beganMs) / (LIFETIME_MS / 2));
  expect(countTokens()).toBeGreaterThan(before);
  expect(countTokens() - before).toBeLessThanOrEqual(replicas.length * (1 + lifetimes));
  expect(countTokens()).toBeLessThanOrEqual(mostTokens());
});

test('the story of Artifact Registry in a cluster: an identity that Google refuses costs stored images nothing', async () => {
  google.metadata.failures.push(...Array.from({ length: 1_000 }, () => 403));
  await sleep(LIFETIME_MS);
  await using http = openClient();
  const [, ...stored] = targetsOf('late', 'v1', late);
  for (const target of stored) await pullTarget(http, target);
  const cold = await http.get('/v2/project/repo/later/manifests/v1');
  expect(cold.status).toBeGreaterThanOrEqual(400);
  expect(cold.text()).toMatch(/identity of Google gave no login/);
  google.metadata.failures.length = 0;
  for (const target of targetsOf('later', 'v1', later)) await requestWithRetries(target);
});

test('the story of Artifact Registry in a cluster: neither tokens nor passwords are in a log', async () => {
  const { password } = LOGIN;
  const [, encoded = ''] = basicAuthorization(LOGIN).split(' ');
  for (const replica of replicas) {
    const { stdout } = await replica.exec(['bash', '-c', 'cat /proc/[0-9]*/cmdline'], {
      user: '0',
    });
    const access = JSON.stringify(await replica.accessLog());
    for (const text of [await replica.logs(), stdout, access]) {
      expect(text).not.toContain('ya29');
      expect(text).not.toContain(password);
      expect(text).not.toContain(encoded);
    }
    const renewed = 'registry_cache_egress_cloud_logins_total\\{cloud="google",outcome="ok"\\}';
    expect(await readMetric(replica, renewed)).toBeGreaterThanOrEqual(1);
  }
});
