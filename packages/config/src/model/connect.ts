import type { Authority } from '../certificate/parse-authority.ts';
import { DOCKER_HUB, parseUpstreamKey } from '../pull-secret/key.ts';
import type { Upstream } from './upstream.ts';

/** The proxy for clients that are given HTTPS_PROXY. */
export interface ConnectProxy {
  readonly authority: Authority;
  readonly targets: ProxyTargets;
  /** The certificate for the targets' names, with its chain and key, in PEM. */
  readonly certificate: string;
}

/** The name in a CONNECT, `quay.io:443`, to the registry that then answers, `quay.io`. */
export type ProxyTargets = ReadonlyMap<string, string>;

const HTTPS_PORT = 443;

/**
 * Lists the registries that the proxy answers for.
 *
 * @param registries hosts to answer for; none for all that are served.
 */
export function listProxyTargets(
  registries: readonly string[],
  upstreams: readonly Upstream[],
): ProxyTargets {
  const wanted = new Set(registries.map(hostOf));
  // A registry on demand is answered for only where an operator names it.
  const own = upstreams.filter(({ isOnDemand, host }) => wanted.has(host) || !isOnDemand);
  const hosts = new Set(own.map(({ host }) => host));
  const answered = [...hosts].filter((host) => wanted.size === 0 || wanted.has(host));
  return new Map(
    answered.flatMap((host) => namesOf(host).map((name) => [formatTarget(name), host])),
  );
}

/** Names that the certificate must be for. */
export function listProxyNames(targets: ProxyTargets): string[] {
  return [...new Set([...targets.keys()].map((target) => target.replace(/:\d+$/, '')))].sort();
}

/**
 * The names by which clients connect to a registry. Most pull docker.io from registry-1.docker.io,
 * and crane and kaniko from index.docker.io. The name docker.io itself is a web site.
 */
function namesOf(host: string): readonly string[] {
  return host === DOCKER_HUB ? ['registry-1.docker.io', 'index.docker.io'] : [host];
}

function formatTarget(name: string): string {
  return /:\d+$/.test(name) ? name : `${name}:${HTTPS_PORT}`;
}

function hostOf(registry: string): string {
  const name = parseUpstreamKey('', registry);
  return name.ok ? name.value.host : registry;
}
