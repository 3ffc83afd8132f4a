import type { ServerCertificate } from '../certificates.ts';
import type { TestNetwork } from './network.ts';

export interface ApplianceOptions {
  /** `{auths: …}`, or the text of a broken file. */
  readonly pullSecret: object | string;
  /** Default the host's network, where only one appliance can have port 8443. */
  readonly network?: TestNetwork | 'host';
  readonly env?: Readonly<Record<string, string>>;
  readonly policyYaml?: string;
  /** Turns authentication on. The password of each user. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Its certificate, and the authority that clients must trust. By default it makes its own. */
  readonly tls?: ServerCertificate & { readonly ca: string };
  /** PEM; becomes /certs/upstream-ca.pem. */
  readonly upstreamCa?: string;
  /** An existing folder for the store. It is not removed at the end. */
  readonly storeDir?: string;
  /** With `folder` the pull secret, at /pull-secret/pull-secret.json, can be replaced by rename. */
  readonly pullSecretMount?: 'file' | 'folder';
  /**
   * Whether the container reaches other networks than its own, as it does by default. Without a
   * route it has none from its first moment on. Needs `network`.
   */
  readonly hasRoute?: boolean;
  /** Addresses by name, for example of a registry that an upstream stands for. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly readOnly?: boolean;
  /** As `podman run --user`. */
  readonly user?: string;
  /** As `podman run --volume`. */
  readonly extraMounts?: readonly string[];
  /** More arguments for `podman run`, such as `--memory=512m`. */
  readonly extraArgs?: readonly string[];
  /** Default REGISTRY_CACHE_IMAGE, else localhost/registry-cache:latest. */
  readonly image?: string;
}

export const CONTAINER_PORT = 8443;

/** The arguments of `podman run` that do not depend on files. */
export function containerArguments(options: ApplianceOptions, hostPort: number): string[] {
  const { network = 'host', hosts = {}, env = {} } = options;
  const variables = { ...authVariables(options), ...secretVariables(options), ...env };
  return [
    ...(network === 'host'
      ? ['--network=host']
      : [`--network=${network.name}`, `--publish=127.0.0.1:${hostPort}:${CONTAINER_PORT}`]),
    ...Object.entries(hosts).map(([name, address]) => `--add-host=${name}:${address}`),
    ...Object.entries(variables).map(([name, value]) => `--env=${name}=${value}`),
    ...(options.readOnly ? ['--read-only'] : []),
    ...(options.user === undefined ? [] : [`--user=${options.user}`]),
    // Periodic health checks would disturb tests that count requests and processes.
    '--no-healthcheck',
    ...(options.extraArgs ?? []),
  ];
}

export function imageName({ image }: Pick<ApplianceOptions, 'image'> = {}): string {
  return image ?? process.env.REGISTRY_CACHE_IMAGE ?? 'localhost/registry-cache:latest';
}

function authVariables({ passwords }: ApplianceOptions): Record<string, string> {
  if (passwords === undefined) return {};
  return {
    REGISTRY_AUTH: 'htpasswd',
    REGISTRY_AUTH_HTPASSWD_REALM: 'testbed',
    REGISTRY_AUTH_HTPASSWD_PATH: '/auth/htpasswd',
  };
}

function secretVariables({ pullSecretMount }: ApplianceOptions): Record<string, string> {
  return pullSecretMount === 'folder' ? { PULLSECRETPATH: '/pull-secret/pull-secret.json' } : {};
}
