import { planContainerd } from './containerd.ts';
import { formatHeredoc, renderInstallScript } from './script.ts';
import { type ClientPlan, type ClientSetup, MARK_LINE } from './setup.ts';

const NODES_SCRIPT = '/kind-nodes.sh';

/**
 * kind, as its documentation says for a local registry: the cluster's containerd gets the name of a
 * folder, and the set-up of containerd fills this folder in each node.
 */
export function planKind(setup: ClientSetup): ClientPlan {
  return {
    files: [
      { path: '/kind.yaml', content: CLUSTER, mode: 0o644 },
      { path: NODES_SCRIPT, content: renderKindScript(setup), mode: 0o755 },
    ],
    notes: [
      'kind create cluster --config kind.yaml (from kind 0.27 on it needs no --config)',
      'sh kind-nodes.sh',
    ],
  };
}

/** A script for the machine that runs kind. It sets up every node of one cluster. */
export function renderKindScript(setup: ClientSetup): string {
  const nodeScript = renderInstallScript(setup, 'a node of kind', planContainerd(setup));
  return `#!/bin/sh
${MARK_LINE}# Makes the nodes of a kind cluster pull through ${setup.address}. The cluster is the one that
# KIND_CLUSTER_NAME names; with KIND_EXPERIMENTAL_PROVIDER=podman its nodes are podman's.
set -eu

main() {
  nodes=$(kind get nodes --name "\${KIND_CLUSTER_NAME:-kind}")
  if [ -z "$nodes" ]; then
    echo 'there is no such cluster: kind create cluster' >&2
    exit 1
  fi
  for node in $nodes; do
    echo "$node:"
    "\${KIND_EXPERIMENTAL_PROVIDER:-docker}" exec -i "$node" sh ${formatHeredoc(nodeScript, 'END_OF_NODE_SCRIPT')}
  done
}

# At the end, so that half a script does nothing.
main
`;
}

const CLUSTER = `${MARK_LINE}kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
containerdConfigPatches:
  - |-
    [plugins."io.containerd.grpc.v1.cri".registry]
      config_path = "/etc/containerd/certs.d"
`;
