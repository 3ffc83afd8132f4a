import type { TestNetwork } from '../appliance/network.ts';
import { runOrThrow } from '../run-command.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';
import { podNetworkOf } from './addresses.ts';
import { startControlPlane } from './control-plane.ts';
import type { Kubectl } from './kubectl.ts';
import { type ClusterNode, startNode } from './node.ts';
import type { CredentialProviders } from './node-files.ts';
import { requireClusterPrograms } from './programs.ts';

/** A real Kubernetes on this machine. */
export interface Cluster extends AsyncDisposable {
  readonly kubectl: Kubectl;
  /** The kubeconfig of an administrator, as a path. */
  readonly kubeconfig: string;
  readonly nodes: readonly ClusterNode[];
}

export interface ClusterOptions {
  /** An image of podman that pods may use without a registry. */
  readonly image: string;
  readonly credentialProviders?: CredentialProviders;
}

const NODE_NAMES = ['node-1', 'node-2'];
const PROXY_USER = 'system:kube-proxy';

/**
 * Starts a cluster of two nodes, and waits until both are ready. Needs root.
 * @throws naming the programs that are missing.
 */
export async function openCluster(network: TestNetwork, options: ClusterOptions): Promise<Cluster> {
  requireClusterPrograms();
  await using stack = new AsyncDisposableStack();
  const users = Object.fromEntries(
    NODE_NAMES.map((name) => [nodeUser(name), ['system:nodes']] as const),
  );
  const plane = stack.use(await startControlPlane(network.gateway, { [PROXY_USER]: [], ...users }));
  const sandboxImage = await findPause();
  await using images = await makeTemporaryFolder('images');
  const archive = `${images.path}/images.tar`;
  await runOrThrow('podman', [
    ...['save', '--quiet', '--multi-image-archive', `--output=${archive}`],
    ...[options.image, sandboxImage],
  ]);
  const start = async (name: string, index: number) => {
    const node = await startNode(network, {
      name,
      ca: plane.ca,
      kubeletConfig: plane.kubeconfigOf(nodeUser(name)),
      proxyConfig: plane.kubeconfigOf(PROXY_USER),
      podNetwork: podNetworkOf(index),
      nameServer: network.gateway,
      sandboxImage,
      ...options,
    });
    stack.use(node);
    await node.importImages(archive);
    await node.join();
    return node;
  };
  const nodes = await Promise.all(NODE_NAMES.map(start));
  await connectPods(nodes);
  await Promise.all(nodes.map((node) => untilReady(node, plane.kubectl)));
  const running = stack.move();
  return {
    kubectl: plane.kubectl,
    kubeconfig: plane.kubeconfig,
    nodes,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function nodeUser(name: string): string {
  return `system:node:${name}`;
}

/** podman's own image of a program that waits. It is there since podman made a pod for the network. */
async function findPause(): Promise<string> {
  const reference = 'localhost/podman-pause';
  const format = '{{.Repository}}:{{.Tag}}';
  const list = ['images', `--filter=reference=${reference}`, `--format=${format}`];
  const [found] = (await runOrThrow('podman', list)).split('\n');
  if (!found) throw new Error(`podman has no image ${reference}; it makes one with its first pod`);
  return found;
}

/** Leads traffic between the pods of two nodes, as a network plugin for several nodes does. */
async function connectPods(nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) {
    for (const [index, { address }] of nodes.entries()) {
      if (address === node.address) continue;
      const route = ['ip', 'route', 'add', podNetworkOf(index), 'via', address];
      await runOrThrow('nsenter', [`--target=${node.pid}`, '--net', ...route]);
    }
  }
}

async function untilReady(node: ClusterNode, kubectl: Kubectl): Promise<void> {
  const path = '{.status.conditions[?(@.type=="Ready")].status}';
  const isReady = async () => {
    const state = await kubectl.run('get', 'node', node.name, `--output=jsonpath=${path}`);
    return state === 'True';
  };
  await until(`${node.name} is ready`, isReady, { timeoutMs: 90_000, intervalMs: 500 }).catch(
    async (cause) => {
      throw new Error(`${node.name} is not ready:\n${await node.log('kubelet')}`, { cause });
    },
  );
}
