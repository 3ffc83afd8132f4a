/** A container runtime of nodes, as the set-up knows it. */
export interface NodeClient {
  /** The set-up that the cache serves for it. */
  readonly setup: 'containerd' | 'crio' | 'docker';
  /** The configuration of containerd on the node. */
  readonly config?: { readonly path: string; readonly writer: 'operator' | 'distribution' };
  /** The process that reads its configuration anew at SIGHUP. */
  readonly process?: string;
}

/**
 * k3s and RKE2 make their folder of hosts.toml files anew at each start, and look into it at each
 * pull. So the files go there, and neither has to be restarted as for registries.yaml.
 */
export const NODE_CLIENTS: Readonly<Record<string, NodeClient>> = {
  containerd: {
    setup: 'containerd',
    config: { path: '/etc/containerd/config.toml', writer: 'operator' },
  },
  k3s: { setup: 'containerd', config: rancher('k3s') },
  rke2: { setup: 'containerd', config: rancher('rke2') },
  crio: { setup: 'crio', process: 'crio' },
  docker: { setup: 'docker', process: 'dockerd' },
};

function rancher(name: string): NonNullable<NodeClient['config']> {
  return {
    path: `/var/lib/rancher/${name}/agent/etc/containerd/config.toml`,
    writer: 'distribution',
  };
}
