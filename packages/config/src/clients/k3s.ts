import { quoteYaml } from '../escape/escape.ts';
import { type ClientPlan, type ClientSetup, caFile, listHosts, MARK_LINE } from './setup.ts';

const CA = '/etc/rancher/k3s/registry-cache-ca.crt';

/** k3s writes containerd's configuration from this file. containerd then names registries by `?ns=`. */
export function planK3s(setup: ClientSetup): ClientPlan {
  return {
    files: [
      {
        path: '/etc/rancher/k3s/registries.yaml',
        content: formatRegistries(setup),
        // Only root may read a file that a login belongs into.
        mode: setup.hasLogin ? 0o600 : 0o644,
      },
      caFile(CA, setup),
    ],
    notes: [
      'systemctl restart k3s, on agents k3s-agent',
      ...(setup.hasLogin ? ['put the login into registries.yaml, where it says so'] : []),
    ],
  };
}

function formatRegistries(setup: ClientSetup): string {
  const mirrors = listHosts(setup).map(
    (host) => `  ${quoteYaml(host)}:
    endpoint:
      - ${quoteYaml(`https://${setup.address}`)}
`,
  );
  const login = `    # The cache asks for a login.
    # auth:
    #   username: USER
    #   password: PASSWORD
`;
  return `${MARK_LINE}mirrors:
${mirrors.join('')}configs:
  ${quoteYaml(setup.address)}:
    tls:
      ca_file: ${quoteYaml(CA)}
${setup.hasLogin ? login : ''}`;
}
