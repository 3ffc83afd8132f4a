import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createCriClient, runOrThrow } from '@registry-cache/testbed';
import type { ClusterNodeAccess } from './setup.ts';

/** A file of the node, as a path on this machine. */
export function pathOnNode({ pid }: ClusterNodeAccess, path: string): string {
  return join(`/proc/${pid}/root`, path);
}

/** Every file below a folder of a node, with its mode and content. */
export async function readNodeFiles(
  node: ClusterNodeAccess,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const root = pathOnNode(node, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map(async (path) => {
      const found = await stat(path);
      const text = found.isFile() ? await readFile(path, 'latin1') : '';
      return [relative(root, path), `${found.mode.toString(8)} ${text}`] as const;
    });
  return Object.fromEntries(await Promise.all(files));
}

/** Gives an image of the node one more name. */
export async function tagOnNode(node: ClusterNodeAccess, image: string, name: string) {
  const ctr = ['ctr', '--namespace=k8s.io', 'images', 'tag', '--force', image, name];
  await runOrThrow('nsenter', [`--target=${node.pid}`, '--mount', '--net', '--pid', ...ctr]);
}

/** Pulls as a kubelet does. @throws with containerd's message on a failure. */
export async function pullOnNode(node: ClusterNodeAccess, image: string): Promise<void> {
  const client = createCriClient(pathOnNode(node, '/run/containerd/containerd.sock'));
  const { exitCode, stderr } = await client.pull(image);
  if (exitCode !== 0) throw new Error(`${node.name} cannot pull ${image}: ${stderr}`);
}

const PEER_UP = /^haproxy_server_status\{proxy="own:peers",.*state="UP"\} 1$/gm;

/** How many replicas, itself included, the one with this address finds. */
export async function countPeersUp(
  [node]: readonly ClusterNodeAccess[],
  address: string,
): Promise<number> {
  if (node === undefined) throw new Error('no node');
  return (await readMetrics(node, address)).match(PEER_UP)?.length ?? 0;
}

/** The metrics of a pod of the cache, from a node. */
async function readMetrics(node: ClusterNodeAccess, address: string): Promise<string> {
  const ask = `exec 3<>/dev/tcp/${address}/8081; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`;
  return runOrThrow('nsenter', [`--target=${node.pid}`, '--net', 'bash', '-c', ask]);
}
