import type { Upstream } from '../model/upstream.ts';
import { DOCKER_HUB, parseUpstreamKey } from '../pull-secret/key.ts';

/** The parts of an upstream by which it is found. */
export type NamedUpstream = Pick<Upstream, 'id' | 'key' | 'host' | 'prefixes'>;

/** The names that lead to registries here. */
export interface ReferenceNames {
  readonly upstreams: readonly NamedUpstream[];
  /** The registries whose images are pushed here. */
  readonly hosted: readonly string[];
  /** The first part of a path, to its registry: `hub` to `docker.io`. */
  readonly firstParts: ReadonlyMap<string, string>;
  /** The start of a host name of the cache, to the first part that it stands for. */
  readonly hostNames: ReadonlyMap<string, string>;
  /** The registry of names without one at the cache's own address. */
  readonly defaultRegistry: string | undefined;
  readonly isAllowedOnDemand: (registry: string) => boolean;
  /** Whether the certificate has this host name or address. */
  readonly isOwnName: (hostname: string) => boolean;
  /** Whether it has it, or a wildcard that covers it. */
  readonly mayBeOwnName: (hostname: string) => boolean;
}

export interface FoundRegistry {
  readonly registry: string;
  readonly repository: string;
}

/**
 * Finds the registry of a name, as a client writes it for itself or for the cache. A name without
 * one is Docker Hub's, as clients have it. At the cache's own address it is the default registry's.
 */
export function findRegistry(name: string, names: ReferenceNames): FoundRegistry {
  const parts = name.split('/');
  const first = parts[0]?.toLowerCase() ?? '';
  const [rest, known] = [parts.slice(1), names.firstParts.get(first)];
  if (rest.length === 0) return { registry: DOCKER_HUB, repository: name };
  if (known !== undefined) return { registry: known, repository: rest.join('/') };
  if (!isHostLike(first)) return { registry: DOCKER_HUB, repository: name };
  return findBehindOwnName(first, rest, names) ?? findUnknown(first, rest, names);
}

/** Undefined where the first part is not an address of the cache. */
function findBehindOwnName(
  first: string,
  rest: readonly string[],
  names: ReferenceNames,
): FoundRegistry | undefined {
  const hostname = first.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  const byHost = findByHostName(hostname, names);
  const named = meaningOf(rest, names);
  if (byHost !== undefined) {
    return named?.registry === byHost ? named : { registry: byHost, repository: rest.join('/') };
  }
  if (named !== undefined && names.mayBeOwnName(hostname)) return named;
  // Other registries may have names that the wildcard covers.
  if (!names.isOwnName(hostname)) return undefined;
  const [host = '', ...others] = rest;
  const isHost = others.length > 0 && isHostLike(host);
  if (isHost) return { registry: spell(host), repository: others.join('/') };
  return { registry: names.defaultRegistry ?? first, repository: rest.join('/') };
}

/** A registry that is not served, or an address of the cache that its certificate does not have. */
function findUnknown(first: string, rest: readonly string[], names: ReferenceNames): FoundRegistry {
  const [host = ''] = rest;
  const named = isHostLike(host) ? meaningOf(rest, names) : undefined;
  return named ?? { registry: spell(first), repository: rest.join('/') };
}

/** The registry that the first of these parts names, where it is served or may be. */
function meaningOf(parts: readonly string[], names: ReferenceNames): FoundRegistry | undefined {
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return undefined;
  const served = names.firstParts.get(first.toLowerCase());
  const registry = served ?? (names.isAllowedOnDemand(spell(first)) ? spell(first) : undefined);
  return registry === undefined ? undefined : { registry, repository: rest.join('/') };
}

/** `quay.io.cache.example.com` to `quay.io`. */
function findByHostName(hostname: string, names: ReferenceNames): string | undefined {
  const starts = [...names.hostNames.keys()].filter((start) => hostname.startsWith(`${start}.`));
  const [start] = starts.toSorted((one, other) => other.length - one.length);
  if (start === undefined) return undefined;
  const parent = hostname.slice(start.length + 1);
  if (!names.mayBeOwnName(hostname) && !names.mayBeOwnName(parent)) return undefined;
  return names.firstParts.get(names.hostNames.get(start) ?? '');
}

/** As the edge and clients tell a registry from a part of a repository. */
function isHostLike(part: string): boolean {
  return /[.:]|^localhost$|_\d+$/.test(part);
}

/** Docker Hub has several names, and a port of 443 is left out. */
function spell(host: string): string {
  const name = parseUpstreamKey('', host);
  return name.ok ? name.value.host : host;
}
