import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const TOOLS = join(import.meta.dirname, '../../../../.tools');

/** The folder of Kubernetes' programs, which `./scripts/test --cluster` builds. */
export const KUBERNETES = join(TOOLS, 'kubernetes');

/** The plugins of Debian's containernetworking-plugins. */
export const NETWORK_PLUGINS = '/usr/lib/cni';

export const HELM = join(TOOLS, 'bin/helm');

/** The programs that a cluster needs, as paths: helm and kubectl are among them. */
export const CLUSTER_PROGRAMS = [
  ...[
    'coredns',
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-proxy',
    'kube-scheduler',
    'kubectl',
    'kubelet',
  ].map((name) => join(KUBERNETES, name)),
  ...['host-local', 'loopback', 'ptp'].map((name) => join(NETWORK_PLUGINS, name)),
  HELM,
];

/** @throws naming the programs that are missing, with the remedy. */
export function requireClusterPrograms(): void {
  const missing = CLUSTER_PROGRAMS.filter((file) => !isExecutable(file));
  if (missing.length === 0) return;
  throw new Error(`missing: ${missing.join(', ')}; ./scripts/test --cluster makes them`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
