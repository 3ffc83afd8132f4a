import { makeTemporaryFolder } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngine } from '../../deploy/pulumi/src/testing/engine.ts';
import { readNodeFiles } from './nodes.ts';
import { listCachePods, pushRunnable, startPod, waitForPod } from './pods.ts';
import { type PulumiConfig, startPulumiConfig } from './pulumi-config.ts';
import { type ClusterStage, openClusterStage } from './stage.ts';

const NAMESPACE = 'pulumi-engine';
/** Its pods pull with the Secret that the program makes. */
const APPS = 'pulumi-engine-apps';
const PORT = 30_029;
const REPLICAS = 3;
/** The stack itself, and the objects of deploy.ts. */
const RESOURCES = [
  ...['pulumi:pulumi:Stack', 'kubernetes:core/v1:Namespace'],
  'gcp:serviceaccount/iAMMember:IAMMember',
  // The login of the nodes, the secret of the replicas, and the pull secret of one namespace.
  ...Array(3).fill('kubernetes:core/v1:Secret'),
  'kubernetes:helm.sh/v3:Release',
];

const stack = new AsyncDisposableStack();
let stage: ClusterStage;
let story: PulumiConfig;
let engine: Awaited<ReturnType<typeof openEngine>>;
let before: Readonly<Record<string, string>>[];

beforeAll(async () => {
  stage = stack.use(await openClusterStage());
  before = await readNodes();
  const options = { namespace: NAMESPACE, apps: APPS, nodePort: PORT };
  story = await startPulumiConfig(stack, stage, options);
  await stage.kubectl.run('create', 'namespace', APPS);
  stack.defer(async () => void (await stage.kubectl.run('delete', 'namespace', APPS)));
  const { path: folder } = stack.use(await makeTemporaryFolder('pulumi'));
  engine = await openEngine({
    folder,
    kubeconfig: stage.kubeconfig,
    config: { ...story.config, 'registry-cache:peerSecret': 'a-secret-of-all-replicas' },
  });
  // After a test that failed.
  stack.defer(async () => void (await engine.destroy()));
});

afterAll(() => stack.disposeAsync());

it('a preview shows each resource, and makes none', async () => {
  const { changeSummary } = await engine.preview();
  expect(changeSummary).toEqual({ create: RESOURCES.length });
  expect(await findNamespace()).toBe(false);
});

it('an update makes them, and ends when the replicas and the nodes are ready', async () => {
  const { summary, outputs } = await engine.up();
  expect(summary.resourceChanges).toEqual({ create: RESOURCES.length });
  expect(outputs.releaseName?.value).toBe('registry-cache');
  expect(outputs.workloadIdentityMember?.value).toContain(`[${NAMESPACE}/registry-cache]`);
  expect(await listTypes()).toEqual([...RESOURCES].sort());
  expect(await countReady('deployment/registry-cache')).toBe(REPLICAS);
  expect(await readNodes()).not.toEqual(before);
});

it('a pod pulls from Artifact Registry through the cache, with the Secret of the program', () =>
  pullAs('first'));

it('a second update changes nothing', async () => {
  const former = await listCachePods(stage.kubectl, NAMESPACE);
  const { summary } = await engine.up();
  expect(summary.resourceChanges).toEqual({ same: RESOURCES.length });
  expect(await listCachePods(stage.kubectl, NAMESPACE)).toEqual(former);
});

it('a changed setting reaches the replicas, and nothing else changes', async () => {
  const former = await listCachePods(stage.kubectl, NAMESPACE);
  const values = JSON.parse(story.config['registry-cache:values'] ?? '');
  const changed = { ...values, settings: { ...values.settings, LOG_LEVEL: 'debug' } };
  await engine.setConfig('registry-cache:values', { value: JSON.stringify(changed) });
  const { summary } = await engine.up();
  expect(summary.resourceChanges).toEqual({ same: RESOURCES.length - 1, update: 1 });
  const pods = await listCachePods(stage.kubectl, NAMESPACE);
  expect(pods).toHaveLength(REPLICAS);
  expect(pods.filter(({ uid }) => former.some((pod) => pod.uid === uid))).toEqual([]);
  const [pod = { name: '' }] = pods;
  const printed = ['exec', pod.name, `--namespace=${NAMESPACE}`, '--', 'printenv', 'LOG_LEVEL'];
  expect((await stage.kubectl.run(...printed)).trim()).toBe('debug');
  await pullAs('second');
});

it('a removal leaves nothing behind, on the nodes neither', async () => {
  const { summary } = await engine.destroy();
  expect(summary.resourceChanges).toEqual({ delete: RESOURCES.length });
  expect(await listTypes()).toEqual([]);
  expect(await findNamespace()).toBe(false);
  const secret = ['get', 'secret', 'registry-cache-login', `--namespace=${APPS}`];
  expect(await stage.kubectl.try(...secret)).toMatchObject({ exitCode: 1 });
  await expect.poll(readNodes, { timeout: 60_000 }).toEqual(before);
});

const readNodes = () =>
  Promise.all(stage.nodes.map((node) => readNodeFiles(node, '/etc/containerd')));

async function pullAs(name: string): Promise<void> {
  const repository = `project/repository/${name}`;
  await pushRunnable(story.behind, repository, 'v1');
  const pod = {
    name,
    namespace: APPS,
    image: `localhost:${PORT}/${repository}:v1`,
    pullSecrets: ['registry-cache-login'],
  };
  await startPod(stage.kubectl, pod);
  await waitForPod(stage.kubectl, pod);
}

/** The types of the resources in the state of the stack, without its providers. */
async function listTypes(): Promise<string[]> {
  const { deployment } = await engine.exportStack();
  const { resources = [] } = deployment as { resources?: { readonly type: string }[] };
  const types = resources.map(({ type }) => type);
  return types.filter((type) => !type.startsWith('pulumi:providers:')).sort();
}

async function findNamespace(): Promise<boolean> {
  const { exitCode } = await stage.kubectl.try('get', 'namespace', NAMESPACE);
  return exitCode === 0;
}

async function countReady(object: string): Promise<number> {
  const path = '--output=jsonpath={.status.readyReplicas}';
  return Number(await stage.kubectl.run('get', object, `--namespace=${NAMESPACE}`, path));
}
