import type { Authority } from '../certificate/parse-authority.ts';
import { DOCKER_HUB, parseUpstreamKey } from '../pull-secret/key.ts';
import type { Upstream } from './upstream.ts';

/** The proxy for clients that are given HTTPS_PROXY. */
export interface ConnectProxy {
  readonly authority: Authority;
  /** What a CONNECT must name, `quay.io:443`, to the registry that then answers, `quay.io`. */
  readonly targets: ReadonlyMap<string, string>;
  /** The certificate for their names, chain and key; undefined until one was issued. */
  readonly certificate: string | undefined;
}

const HTTPS_PORT = 443;

/**
 * @param registries hosts to answer for; none for all that are served.
 */
export function buildConnectProxy(
  authority: Authority,
  registries: readonly string[],
  upstreams: readonly Upstream[],
): ConnectProxy {
  const wanted = new Set(registries.map(hostOf));
  // What somebody merely asked for is answered for where it is named, and nowhere else.
  const own = upstreams.filter(({ isOnDemand, host }) => wanted.has(host) || !isOnDemand);
  const hosts = new Set(own.map(({ host }) => host));
  const answered = [...hosts].filter((host) => wanted.size === 0 || wanted.has(host));
  const targets = new Map(answered.map((host) => [formatTarget(host), host]));
  return { authority, targets, certificate: undefined };
}

/** Names that the certificate must be for. */
export function listProxyNames({ targets }: ConnectProxy): string[] {
  return [...new Set([...targets.keys()].map((target) => target.replace(/:\d+$/, '')))].sort();
}

/** Clients pull docker.io from this one of its names; the others are a web site and a search. */
function formatTarget(host: string): string {
  const name = host === DOCKER_HUB ? 'registry-1.docker.io' : host;
  return /:\d+$/.test(name) ? name : `${name}:${HTTPS_PORT}`;
}

function hostOf(registry: string): string {
  const name = parseUpstreamKey('', registry);
  return name.ok ? name.value.host : registry;
}
