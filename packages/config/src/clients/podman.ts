import { quoteToml } from '../escape/escape.ts';
import {
  type ClientFile,
  type ClientPlan,
  type ClientSetup,
  caFile,
  MARK_LINE,
  type ServedRegistry,
} from './setup.ts';

/** podman, buildah and skopeo. They read these files anew at each pull. */
export function planPodman(setup: ClientSetup): ClientPlan {
  return {
    files: buildFiles(setup),
    notes: setup.hasLogin ? [`podman login ${setup.address}`] : [],
  };
}

/** CRI-O reads the files of podman, with the same library. */
export function planCrio(setup: ClientSetup): ClientPlan {
  const login =
    `put the login of ${setup.address} into the file that global_auth_file of crio.conf names: ` +
    'pull secrets of pods are for the names of their images';
  return {
    files: buildFiles(setup),
    notes: ['systemctl reload crio', ...(setup.hasLogin ? [login] : [])],
  };
}

/** A drop-in, so that the distribution's own registries.conf stays as it is. */
function buildFiles(setup: ClientSetup): ClientFile[] {
  const mirrors = setup.registries.map((registry) => formatMirror(setup.address, registry));
  return [
    {
      path: '/etc/containers/registries.conf.d/50-registry-cache.conf',
      content: `${MARK_LINE}${mirrors.join('')}`,
      mode: 0o644,
    },
    caFile(`/etc/containers/certs.d/${setup.address}/ca.crt`, setup),
  ];
}

/** By containers-registries.conf(5) the longest prefix wins, and the registry itself comes last. */
function formatMirror(address: string, { key, prefix }: ServedRegistry): string {
  return `
[[registry]]
prefix = ${quoteToml(key)}
location = ${quoteToml(key)}

[[registry.mirror]]
location = ${quoteToml(`${address}/${prefix}`)}
`;
}
