import { quoteToml } from '../escape/escape.ts';
import { spellHost } from '../pull-secret/host.ts';
import { DOCKER_HUB } from '../pull-secret/key.ts';
import {
  type ClientFile,
  type ClientPlan,
  type ClientSetup,
  caFile,
  listHosts,
  MARK_LINE,
} from './setup.ts';

const CERTS_D = '/etc/containerd/certs.d';

/** containerd, with a hosts.toml for each served registry. */
export function planContainerd(setup: ClientSetup): ClientPlan {
  const hosts = listHosts(setup).map((host) => buildHostFile(CERTS_D, host, setup));
  return { files: [...hosts, ...buildOwnFiles(setup), CONFIG], notes: buildNotes(setup) };
}

/**
 * containerd, with one hosts.toml for all registries. It names the registry by `?ns=`, and goes to
 * the registry itself where the cache does not serve it.
 */
export function planContainerdDefault(setup: ClientSetup): ClientPlan {
  const url = `https://${setup.address}`;
  const file = {
    path: `${CERTS_D}/_default/hosts.toml`,
    content: `${MARK_LINE}\n${formatHost(url, caPath(CERTS_D, setup), setup)}`,
    mode: hostFileMode(setup),
  };
  return { files: [file, ...buildOwnFiles(setup), CONFIG], notes: buildNotes(setup) };
}

/**
 * A hosts.toml (containerd's docs/hosts.md) by which images of `host` come from the cache. For a
 * namespace that it does not serve the cache answers 404, and containerd asks the host itself.
 */
export function buildHostFile(certsDir: string, host: string, setup: ClientSetup): ClientFile {
  const server = host === DOCKER_HUB ? 'registry-1.docker.io' : host;
  const url = `https://${setup.address}/v2/${spellHost(host)}`;
  return {
    path: `${certsDir}/${host}/hosts.toml`,
    content: [
      MARK_LINE,
      `server = ${quoteToml(`https://${server}`)}\n\n`,
      formatHost(url, caPath(certsDir, setup), setup, '  override_path = true\n'),
    ].join(''),
    mode: hostFileMode(setup),
  };
}

/** Files for pulls by the cache's own name. Without them, `localhost` would mean plain HTTP. */
function buildOwnFiles(setup: ClientSetup): ClientFile[] {
  const url = `https://${setup.address}`;
  const ca = caPath(CERTS_D, setup);
  // `server` is a host of its own, and the settings of [host] do not count for it.
  const head = `server = ${quoteToml(url)}\nca = ${quoteToml(ca)}\n\n`;
  return [
    {
      path: `${CERTS_D}/${setup.address}/hosts.toml`,
      content: `${MARK_LINE}${head}${formatHost(url, ca, setup)}`,
      mode: hostFileMode(setup),
    },
    caFile(ca, setup),
  ];
}

function formatHost(url: string, ca: string, { hasLogin }: ClientSetup, more = ''): string {
  const table = `host.${quoteToml(url)}`;
  const login = `
  # The cache asks for a login: base64 of user:password.
  # [${table}.header]
  #   Authorization = ["Basic BASE64"]
`;
  return `[${table}]
  capabilities = ["pull", "resolve"]
  ca = ${quoteToml(ca)}
${more}${hasLogin ? login : ''}`;
}

function caPath(certsDir: string, { address }: ClientSetup): string {
  return `${certsDir}/${address}/ca.crt`;
}

/** Only root may read a file that a login belongs into. */
function hostFileMode({ hasLogin }: ClientSetup): number {
  return hasLogin ? 0o600 : 0o644;
}

/**
 * Without this file, containerd below 2.2 does not look into the folder. Version 2 is for 1.6 and
 * 1.7; containerd 2 converts it.
 */
const CONFIG: ClientFile = {
  path: '/etc/containerd/config.toml',
  content: `version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = ${quoteToml(CERTS_D)}
`,
  mode: 0o644,
  sign: CERTS_D,
};

function buildNotes({ hasLogin }: ClientSetup): string[] {
  return [
    'systemctl restart containerd, if config.toml is new; hosts.toml is read at each pull',
    ...(hasLogin ? ['put the login into each hosts.toml, where it says so'] : []),
  ];
}
