import { CONTAINERD_SOCKET } from '../clients/containerd.ts';
import { DOMAIN, POD_NETWORK } from './addresses.ts';

/** Where a node has the folder with these files, which it only reads. */
export const NODE_FILES = '/opt/node';

export interface NodePlan {
  readonly name: string;
  /** PEM of the authority of the cluster. */
  readonly ca: string;
  readonly kubeletConfig: string;
  readonly proxyConfig: string;
  /** The addresses of its pods: `10.244.1.0/24`. */
  readonly podNetwork: string;
  /** The address of the name server of the cluster. */
  readonly nameServer: string;
  /** The image of each pod's first container. */
  readonly sandboxImage: string;
  /** The kubelet's configuration of credential providers, and their programs by name. */
  readonly credentialProviders?: CredentialProviders;
}

export interface CredentialProviders {
  readonly config: string;
  readonly programs: Readonly<Record<string, string>>;
}

/** The files of a node, by name. JSON is also YAML. */
export function renderNodeFiles(plan: NodePlan): Readonly<Record<string, string>> {
  const { credentialProviders } = plan;
  return {
    'ca.crt': plan.ca,
    'kubelet.kubeconfig': plan.kubeletConfig,
    'kube-proxy.kubeconfig': plan.proxyConfig,
    'kubelet.json': JSON.stringify(kubeletConfiguration(plan)),
    'kube-proxy.json': JSON.stringify(PROXY),
    'cni/10-pods.conflist': JSON.stringify(networkConfiguration(plan)),
    ...(credentialProviders && {
      'credential-providers.yaml': credentialProviders.config,
      ...Object.fromEntries(
        Object.entries(credentialProviders.programs).map(([name, text]) => [
          `credential-providers/${name}`,
          text,
        ]),
      ),
    }),
  };
}

function kubeletConfiguration({ nameServer }: NodePlan): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: `${NODE_FILES}/ca.crt` },
    },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: 'cgroupfs',
    // Machines of the tests may have the first version of control groups, and swap.
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    clusterDNS: [nameServer],
    clusterDomain: DOMAIN,
    resolvConf: '',
    // The disk of a test's machine may be full to any degree.
    evictionHard: { 'memory.available': '1Mi', 'nodefs.available': '1Mi' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // A changed Secret reaches the pod at the next of these.
    syncFrequency: '5s',
    registryPullQPS: 0,
  };
}

const PROXY = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  clientConnection: { kubeconfig: `${NODE_FILES}/kube-proxy.kubeconfig` },
  // The only mode in which NodePorts are at `localhost`.
  mode: 'iptables',
  iptables: { localhostNodePorts: true },
  clusterCIDR: POD_NETWORK,
  // These limits are those of the machine, not of the node.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
};

/** The text of the node's /etc/containerd/config.toml. */
export function formatContainerdConfig({ sandboxImage }: NodePlan): string {
  return `version = 3
[plugins."io.containerd.cri.v1.runtime"]
  # Root of a test's machine may lack CAP_SYS_RESOURCE.
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/opt/cni/bin"]
    conf_dir = "${NODE_FILES}/cni"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "${sandboxImage}"
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "/etc/containerd/certs.d"
`;
}

function networkConfiguration({ podNetwork }: NodePlan): object {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipMasq: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podNetwork }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}
