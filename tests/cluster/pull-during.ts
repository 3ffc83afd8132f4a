import { makeImage, type PushTarget, pushBundle } from '@registry-cache/testbed';
import { pullOnNode } from './nodes.ts';
import type { ClusterNodeAccess } from './setup.ts';

export interface PullsSeen {
  readonly count: number;
  /** The messages of those that failed. */
  readonly failures: readonly string[];
}

/**
 * Pulls one new image after the other on each node, while something happens. Nothing is pulled
 * twice on a node, so each pull asks the cache for everything.
 * @param name A name for the images that no other call has.
 */
export async function pullDuring(
  nodes: readonly ClusterNodeAccess[],
  upstream: PushTarget,
  name: string,
  happens: () => Promise<void>,
): Promise<PullsSeen> {
  const failures: string[] = [];
  let count = 0;
  let isDone = false;
  const pullAll = async (node: ClusterNodeAccess) => {
    for (let index = 0; !isDone; index += 1) {
      const repository = `team/${name}-${node.name}-${index}`;
      const image = makeImage({ seed: repository, layerSizesBytes: [500_000, 1_000_000] });
      await pushBundle(upstream, repository, 'v1', image);
      await pullOnNode(node, `quay.test/${repository}:v1`).catch((error: unknown) => {
        failures.push(String(error));
      });
      count += 1;
    }
  };
  const pulling = Promise.all(nodes.map(pullAll));
  try {
    await happens();
  } finally {
    isDone = true;
    await pulling;
  }
  return { count, failures };
}
