import { mkdir, writeFile } from 'node:fs/promises';
import { type Bundle, layersOf, type RegistryProcess, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countPeersUp, pathOnNode, pullOnNode, readNodeFiles } from './nodes.ts';
import { listCachePods, pushRunnable, startPod, waitForPod } from './pods.ts';
import { pullDuring } from './pull-during.ts';
import { type ClusterStage, openClusterStage } from './stage.ts';

const NAMESPACE = 'images';
const PORT = 30_026;
const REPLICAS = 3;
const PASSWORD = 'password-of-the-upstream';
/** A node's own file, without an end of line, for a mirror that does not exist. */
const OWN = `server = "https://quay.test"

[host."https://mirror.invalid"]
  capabilities = ["pull"]`;

let stage: ClusterStage;
let upstream: RegistryProcess;
let image: Bundle;
let before: Readonly<Record<string, string>>[];

beforeAll(async () => {
  stage = await openClusterStage();
  const { kubectl, nodes } = stage;
  upstream = await stage.upstream();
  image = await pushRunnable(upstream, 'team/app', 'v1');
  const closed = await stage.upstream({ passwords: { puller: PASSWORD } });
  const credentials = { username: 'puller', password: PASSWORD };
  await pushRunnable({ ...closed, credentials }, 'team/closed', 'v1');
  for (const node of nodes) {
    await mkdir(pathOnNode(node, '/etc/containerd/certs.d/quay.test'), { recursive: true });
    const file = pathOnNode(node, '/etc/containerd/certs.d/quay.test/hosts.toml');
    await writeFile(file, OWN, { mode: 0o640 });
  }
  before = await readNodes();
  await stage.createNamespace(NAMESPACE);
  await kubectl.run(
    ...['create', 'secret', 'generic', 'peers', `--namespace=${NAMESPACE}`],
    '--from-literal=secret=a secret of all replicas of a test',
  );
  await applyPullSecret('a wrong password');
  await stage.install(NAMESPACE, {
    replicas: REPLICAS,
    service: { nodePort: PORT },
    peers: { enabled: true, existingSecret: 'peers' },
    pullSecret: { existingSecret: 'upstreams' },
    policy: {
      upstreams: { 'quay.test': { url: upstream.url }, 'closed.test': { url: closed.url } },
    },
  });
});

afterAll(() => stage?.[Symbol.asyncDispose]());

it('three replicas find each other by the name of their Service', async () => {
  const pods = await listCachePods(stage.kubectl, NAMESPACE);
  expect(pods).toHaveLength(REPLICAS);
  const countUp = () => Promise.all(pods.map((pod) => countPeersUp(stage.nodes, pod.address)));
  await expect.poll(countUp, { timeout: 60_000 }).toEqual(Array(REPLICAS).fill(REPLICAS));
});

it('pods of both nodes run an image that only the cache has, and its layers are fetched once', async () => {
  const { kubectl, nodes } = stage;
  for (const node of nodes) {
    const pod = {
      name: `app-${node.name}`,
      namespace: NAMESPACE,
      image: 'quay.test/team/app:v1',
      node: node.name,
    };
    await startPod(kubectl, pod);
    await waitForPod(kubectl, pod);
  }
  // By the node port itself, without the name of the registry's host.
  for (const node of nodes) await pullOnNode(node, `localhost:${PORT}/quay.test/team/app:v1`);
  const paths = (await upstream.requests()).map(({ path }) => path);
  for (const { digest } of layersOf(image)) {
    expect(paths.filter((path) => path.endsWith(digest))).toHaveLength(1);
  }
});

it('no pull fails while a new version is rolled out', async () => {
  const former = await listCachePods(stage.kubectl, NAMESPACE);
  const pulls = await pullDuring(stage.nodes, upstream, 'rollout', async () => {
    await stage.upgrade(NAMESPACE, { podAnnotations: { 'example.com/version': 'next' } });
    await stage.waitForCache(NAMESPACE);
  });
  expect(pulls.failures).toEqual([]);
  expect(pulls.count).toBeGreaterThan(20);
  const uids = (await listCachePods(stage.kubectl, NAMESPACE)).map(({ uid }) => uid);
  expect(uids).toHaveLength(REPLICAS);
  expect(uids.filter((uid) => former.some((pod) => pod.uid === uid))).toEqual([]);
});

it('no pull fails while a node is drained, and the budget lets one replica go at a time', async () => {
  const { kubectl, nodes } = stage;
  const [staying, drained] = nodes;
  if (staying === undefined || drained === undefined) throw new Error('two nodes are needed');
  // A drain refuses pods without a controller.
  await kubectl.run('delete', 'pod', `app-${drained.name}`, `--namespace=${NAMESPACE}`);
  const path = '{.status.currentHealthy}';
  const budget = ['get', 'poddisruptionbudget', 'registry-cache', `--namespace=${NAMESPACE}`];
  const healthy: number[] = [];
  const pulls = await pullDuring([staying], upstream, 'drain', async () => {
    const drain = kubectl.run(
      ...['drain', drained.name, '--ignore-daemonsets', '--delete-emptydir-data'],
      '--timeout=170s',
    );
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    void drain.then(end, end);
    while (!isDone) healthy.push(Number(await kubectl.run(...budget, `--output=jsonpath=${path}`)));
    await drain;
    await stage.waitForCache(NAMESPACE);
  });
  await kubectl.run('uncordon', drained.name);
  expect(pulls.failures).toEqual([]);
  expect(Math.min(...healthy)).toBeGreaterThanOrEqual(REPLICAS - 1);
  const pods = await listCachePods(kubectl, NAMESPACE);
  expect(pods.map(({ node }) => node)).toEqual(Array(REPLICAS).fill(staying.name));
});

it('a rotated Secret takes effect without a restart', async () => {
  const [node] = stage.nodes;
  if (node === undefined) throw new Error('no node');
  const closed = 'closed.test/team/closed:v1';
  await expect(pullOnNode(node, closed)).rejects.toThrow(/cannot pull/);
  const former = await listCachePods(stage.kubectl, NAMESPACE);
  await applyPullSecret(PASSWORD);
  const pulls = async () => {
    await pullOnNode(node, closed);
    return true;
  };
  await until('the new password counts', pulls, { timeoutMs: 120_000, intervalMs: 1000 });
  expect(await listCachePods(stage.kubectl, NAMESPACE)).toEqual(former);
});

it('each node has its own files back, byte for byte, when the DaemonSet is removed', async () => {
  expect(await readNodes()).not.toEqual(before);
  await stage.upgrade(NAMESPACE, { nodes: { enabled: false } });
  await expect.poll(readNodes, { timeout: 60_000 }).toEqual(before);
});

const readNodes = () =>
  Promise.all(stage.nodes.map((node) => readNodeFiles(node, '/etc/containerd')));

async function applyPullSecret(password: string): Promise<void> {
  const auth = Buffer.from(`puller:${password}`).toString('base64');
  const file = JSON.stringify({ auths: { 'quay.test': {}, 'closed.test': { auth } } });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'upstreams', namespace: NAMESPACE },
    stringData: { 'pull-secret.json': file },
  };
  await stage.kubectl.apply(JSON.stringify(secret));
}
