import { chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import {
  CLUSTER_PROGRAMS,
  createCertificateAuthority,
  makeTemporaryFolder,
  runOrThrow,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readInlineCommands, readShellBlocks, readYamlBlocks } from '../e2e/documented.ts';
import { countPeersUp, pathOnNode, readNodeFiles, tagOnNode } from './nodes.ts';
import { listCachePods } from './pods.ts';
import { type ClusterStage, openClusterStage, SMALL } from './stage.ts';

/** Every command of this document runs as it stands there. */
const DOCUMENT = 'kubernetes.md';
const ROOT = resolve(import.meta.dirname, '../..');
/** The names of the image in the document, and in the manifests that it applies. */
const IMAGES = [
  'registry.example.com/tools/registry-cache:latest',
  'registry.example.com/tools/registry-cache:0.2.0',
  'localhost/registry-cache:latest',
];
/** The user of the cache in its pod. */
const USER = 10_001;
const NAMESPACES = ['images', 'apps'];
const HOSTS = '/etc/containerd/certs.d';

const stack = new AsyncDisposableStack();
let stage: ClusterStage;
let folder: string;
let before: Readonly<Record<string, string>>[];

beforeAll(async () => {
  stage = stack.use(await openClusterStage());
  const { repository, tag } = SMALL.image;
  for (const node of stage.nodes) {
    for (const name of IMAGES) await tagOnNode(node, `${repository}:${tag}`, name);
  }
  for (const name of ['first', 'second']) await createVolume(name);
  ({ path: folder } = stack.use(await makeTemporaryFolder('documented')));
  for (const name of ['deploy', 'docs']) await symlink(join(ROOT, name), join(folder, name));
  await write('pull-secret.json', JSON.stringify({ auths: { 'quay.io': {} } }));
  const authority = await createCertificateAuthority('documented');
  const { certificatePem, keyPem } = await authority.issue({ names: ['localhost'] });
  await write('tls.crt', certificatePem);
  await write('tls.key', keyPem);
  before = await readNodes();
});

afterAll(async () => {
  for (const name of NAMESPACES) {
    await stage?.kubectl.try('delete', 'namespace', name, '--ignore-not-found');
  }
  await stage?.kubectl.try('delete', 'persistentvolume', '--all');
  await stack.disposeAsync();
});

it('two commands set the nodes up, and others look at them', async () => {
  for (const block of readShellBlocks(DOCUMENT, 'Start')) await run(block);
  expect(await readNodes()).not.toEqual(before);
  for (const node of stage.nodes) {
    const files = await readNodeFiles(node, `${HOSTS}/quay.io`);
    expect(files['hosts.toml']).toContain('https://localhost:30026');
  }
  for (const block of readShellBlocks(DOCUMENT, 'How is a node set up?')) {
    expect(await run(block)).toContain('registry-cache-nodes');
  }
});

it('three replicas take the place of one, and know each other', async () => {
  for (const block of readShellBlocks(DOCUMENT, 'How do I run several replicas?')) await run(block);
  await waitFor('images', 3);
  const pods = await listCachePods(stage.kubectl, 'images');
  const countUp = () => Promise.all(pods.map((pod) => countPeersUp(stage.nodes, pod.address)));
  await expect.poll(countUp, { timeout: 60_000 }).toEqual([3, 3, 3]);
});

it('an upgrade, a step back and the removal', async () => {
  const [upgrade = '', ...none] = readShellBlocks(DOCUMENT, 'How do I upgrade?');
  expect(none).toEqual([]);
  await run(upgrade);
  await waitFor('images', 3);
  expect(await readImage()).toBe('registry.example.com/tools/registry-cache:0.2.0');
  const [rollback = '', uninstall = ''] = readInlineCommands(DOCUMENT, 'How do I upgrade?');
  await run(rollback);
  await waitFor('images', 3);
  expect(await readImage()).toBe('registry.example.com/tools/registry-cache:latest');
  await run(uninstall);
  await expect.poll(readNodes, { timeout: 60_000 }).toEqual(before);
  await stage.kubectl.run('delete', 'namespace', 'images');
});

it('one registry without its name, with a login', async () => {
  const section = 'How do I serve one registry without its name?';
  const [values = ''] = readYamlBlocks(DOCUMENT, section);
  await write('values.yaml', values);
  await stage.kubectl.run('create', 'namespace', 'apps');
  for (const block of readShellBlocks(DOCUMENT, section)) await run(block);
  await waitFor('images', 3);
  const secret = ['get', 'secret', 'cache-login', '--namespace=apps', '--output=name'];
  expect((await stage.kubectl.run(...secret)).trim()).toBe('secret/cache-login');
  await run('helm uninstall registry-cache --namespace images --wait');
});

it('manifests without Helm, and the nodes beside them', async () => {
  for (const block of readShellBlocks(DOCUMENT, 'How do I do without Helm?')) await run(block);
  await waitFor('default', 1);
  const nodes = ['daemonset/registry-cache-nodes', '--namespace=default'];
  await stage.kubectl.run('rollout', 'status', ...nodes, '--timeout=170s');
  await run(`kubectl delete --filename deploy/nodes/daemonset.yaml
    kubectl delete --filename docs/examples/kubernetes.yaml
    kubectl delete secret registry-cache-pull-secret registry-cache-certificate`);
  await expect.poll(readNodes, { timeout: 60_000 }).toEqual(before);
});

const readNodes = () =>
  Promise.all(stage.nodes.map((node) => readNodeFiles(node, '/etc/containerd')));

const write = (name: string, text: string) => writeFile(join(folder, name), text);

/** Runs a block of the document as a person does, in a folder that has the files it names. */
function run(block: string): Promise<string> {
  const programs = [...new Set(CLUSTER_PROGRAMS.map(dirname))].join(delimiter);
  const env = {
    PATH: `${programs}${delimiter}${process.env.PATH}`,
    KUBECONFIG: stage.kubeconfig,
    HOME: folder,
    password: 'a password of the cluster',
  };
  const script = `cd "$HOME"\n${block}`;
  return runOrThrow('bash', ['-euo', 'pipefail', '-c', script], { env, timeoutMs: 240_000 });
}

async function waitFor(namespace: string, replicas: number): Promise<void> {
  const where = ['deployment/registry-cache', `--namespace=${namespace}`];
  await stage.kubectl.run('rollout', 'status', ...where, '--timeout=170s');
  const path = '--output=jsonpath={.status.readyReplicas}';
  expect(await stage.kubectl.run('get', ...where, path)).toBe(String(replicas));
}

function readImage(): Promise<string> {
  const path = '--output=jsonpath={.spec.template.spec.containers[0].image}';
  return stage.kubectl.run('get', 'deployment/registry-cache', '--namespace=images', path);
}

/** A volume on the first node, for a claim without a class. */
async function createVolume(name: string): Promise<void> {
  const [node] = stage.nodes;
  if (node === undefined) throw new Error('no node');
  const path = `/var/lib/volumes/${name}`;
  await mkdir(pathOnNode(node, path), { recursive: true });
  // A group of the pod counts for no volume of this kind.
  await chown(pathOnNode(node, path), USER, USER);
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: [node.name] };
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '60Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  };
  await stage.kubectl.apply(JSON.stringify(volume));
}
