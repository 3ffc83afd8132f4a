import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageName, openCluster, openNetwork, removeLeftovers } from '@registry-cache/testbed';
import type { TestProject } from 'vitest/node';

/** What every file of the suite knows of the one cluster. */
export type ClusterAccess =
  | {
      readonly kubeconfig: string;
      /** This machine's address on the network of the nodes. */
      readonly host: string;
      readonly nodes: readonly ClusterNodeAccess[];
    }
  | { readonly failure: string };

export interface ClusterNodeAccess {
  readonly name: string;
  /** The pid on this machine of its first process: `/proc/<pid>/root` has its files. */
  readonly pid: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterAccess;
  }
}

/** The node port of the cache that lets service accounts in. */
export const SERVICE_ACCOUNT_PORT = 30_027;

const PLUGIN = 'registry-cache-credential-provider';
const DEPLOY_NODES = join(import.meta.dirname, '../../deploy/nodes');

let stack = new AsyncDisposableStack();

/** Starts one cluster for all files. Without it each test fails, and says why. */
export async function setup(project: TestProject): Promise<void> {
  await removeLeftovers();
  try {
    project.provide('cluster', await openShared());
  } catch (error) {
    await teardown();
    project.provide('cluster', { failure: String(error) });
  }
}

export async function teardown(): Promise<void> {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
}

async function openShared(): Promise<ClusterAccess> {
  const network = stack.use(await openNetwork());
  const read = (name: string) => readFileSync(join(DEPLOY_NODES, name), 'utf8');
  const credentialProviders = {
    // As docs/logins.md shows it, for the node port of the test.
    config: read('credential-provider.yaml').replaceAll('30026', String(SERVICE_ACCOUNT_PORT)),
    programs: { [PLUGIN]: read(PLUGIN) },
  };
  const cluster = stack.use(
    await openCluster(network, { image: imageName(), credentialProviders }),
  );
  return {
    kubeconfig: cluster.kubeconfig,
    host: network.gateway,
    nodes: cluster.nodes.map(({ name, pid }) => ({ name, pid })),
  };
}
