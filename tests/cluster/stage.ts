import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  createKubectl,
  imageName,
  type Kubectl,
  makeTemporaryFolder,
  type RegistryOptions,
  type RegistryProcess,
  startRegistry,
} from '@registry-cache/testbed';
import { inject } from 'vitest';
import { holdAlone } from '../e2e/hold-alone.ts';
import type { ClusterNodeAccess } from './setup.ts';

const CHART = resolve(import.meta.dirname, '../../deploy/helm/registry-cache');

/** The cluster of the suite, and what one file starts beside it. */
export interface ClusterStage extends AsyncDisposable {
  readonly kubectl: Kubectl;
  /** The file by which others reach the API server as kubectl does. */
  readonly kubeconfig: string;
  readonly nodes: readonly ClusterNodeAccess[];
  readonly host: string;
  /** A real registry that pods reach, by plain HTTP. */
  upstream(options?: RegistryOptions): Promise<RegistryProcess>;
  /** A new namespace, which may have privileged pods. */
  createNamespace(name: string): Promise<void>;
  /** Uninstalls the chart of this namespace at the end, and deletes the namespace. */
  adoptNamespace(name: string): void;
  /** Installs the chart as `registry-cache`, and waits until all of it is ready. */
  install(namespace: string, values: object): Promise<void>;
  /** Changes values of that release, and waits for nothing. */
  upgrade(namespace: string, values: object): Promise<void>;
  waitForCache(namespace: string): Promise<void>;
}

/**
 * Waits until no other file uses the nodes, which have one set-up at a time.
 * @throws if there is no cluster, with the reason.
 */
export async function openClusterStage(): Promise<ClusterStage> {
  const access = inject('cluster');
  if ('failure' in access) throw new Error(`there is no cluster: ${access.failure}`);
  const { kubeconfig, host, nodes } = access;
  const kubectl = createKubectl(kubeconfig);
  const stack = new AsyncDisposableStack();
  stack.use(await holdAlone('the nodes of the cluster'));
  const namespaces: string[] = [];
  stack.defer(async () => {
    for (const name of namespaces) {
      await kubectl.helm('uninstall', 'registry-cache', '--namespace', name, '--wait');
      await kubectl.run('delete', 'namespace', name);
    }
  });
  const changeRelease = async (verb: string, namespace: string, ...args: readonly string[]) => {
    await kubectl.helm(verb, 'registry-cache', CHART, '--namespace', namespace, ...args);
  };
  const withValues = async (values: object, use: (file: string) => Promise<void>) => {
    await using folder = await makeTemporaryFolder('values');
    const file = join(folder.path, 'values.json');
    await writeFile(file, JSON.stringify(values));
    await use(`--values=${file}`);
  };
  const waitForCache = async (namespace: string) => {
    for (const one of ['deployment/registry-cache', 'daemonset/registry-cache-nodes']) {
      await kubectl.run('rollout', 'status', one, `--namespace=${namespace}`, '--timeout=170s');
    }
  };
  return {
    kubectl,
    kubeconfig,
    nodes,
    host,
    upstream: async (options) => stack.use(await startRegistry({ host, ...options })),
    createNamespace: async (name) => {
      await kubectl.run('create', 'namespace', name);
      namespaces.push(name);
    },
    adoptNamespace: (name) => void namespaces.push(name),
    install: async (namespace, values) => {
      await withValues(merge(SMALL, values), (file) => changeRelease('install', namespace, file));
      await waitForCache(namespace);
    },
    upgrade: (namespace, values) =>
      withValues(values, (file) => changeRelease('upgrade', namespace, '--reuse-values', file)),
    waitForCache,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The image under test, and as little of everything as the tests need. */
export const SMALL = {
  image: { ...splitImage(imageName()), pullPolicy: 'Never' },
  store: { persistent: false, size: '4Gi' },
  service: { type: 'NodePort' },
  nodes: { enabled: true },
  resources: { requests: { memory: '128Mi', cpu: '50m' }, limits: { memory: '1Gi' } },
  settings: { CLEANER_MAXSIZE: '1G', CLEANER_MIN_FREE: '100M' },
};

function splitImage(name: string): { readonly repository: string; readonly tag: string } {
  const at = name.lastIndexOf(':');
  return { repository: name.slice(0, at), tag: name.slice(at + 1) };
}

type Values = Readonly<Record<string, unknown>>;

function merge(base: Values, more: object): Values {
  const entries = Object.entries(more).map(([key, value]) => {
    const former = base[key];
    return [key, isObject(former) && isObject(value) ? merge(former, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
