import { accept, isRepository, type Parsed, quoteFound, reject } from '@registry-cache/domain';
import type { UpstreamCredential } from './credential.ts';
import { parseHost } from './host.ts';
import { KEY_ACCEPTED, parseNamespace, splitKey, type UpstreamName } from './key.ts';

/** The registries that a key with `*` names. */
export interface WildcardPlace {
  /** `*.example.com:5000`, in lower case. */
  readonly host: string;
  readonly namespace: string;
}

/** A key with `*`, with or without a login. */
export interface Glob extends WildcardPlace {
  /** As written in the file. */
  readonly rawKey: string;
}

/** Credentials for every registry whose name fits. */
export interface Wildcard extends Glob {
  readonly credential: UpstreamCredential;
}

export function isWildcardKey(key: string): boolean {
  return splitKey(key).hostText.includes('*');
}

/** The hosts and the namespace of a wildcard, without its credentials. */
export function parseWildcardKey(path: string, key: string): Parsed<WildcardPlace> {
  const { hostText, rest } = splitKey(key);
  const host = hostText.toLowerCase().replace(/:443$/, '');
  const namespace = parseNamespace(hostText, rest);
  // A star stands for letters, so a good pattern becomes a host with an `x` in its place.
  const isGood = parseHost(host.replaceAll('*', 'x')) !== undefined;
  if (!isGood || (namespace !== '' && !isRepository(namespace))) {
    return reject({ path, found: quoteFound(key), accepted: KEY_ACCEPTED });
  }
  return accept({ host, namespace });
}

/**
 * The wildcard for a registry: the longest that fits. Each `*` is a label or a part of one, never
 * several labels. The port must be equal, and the path must begin alike.
 * Source: Kubernetes, "Images", "Interpretation of config.json".
 */
export function findWildcard<T extends WildcardPlace>(
  wildcards: readonly T[],
  name: UpstreamName,
): T | undefined {
  const length = ({ host, namespace }: WildcardPlace) => host.length + namespace.length;
  return wildcards
    .filter((wildcard) => covers(wildcard, name))
    .sort((a, b) => length(b) - length(a) || (a.host < b.host ? -1 : 1))[0];
}

function covers(wildcard: WildcardPlace, { host, namespace }: UpstreamName): boolean {
  const pattern = wildcard.host.replace(/[.[\]]/g, '\\$&').replaceAll('*', '[a-z0-9-]*');
  const isBelow = `${namespace}/`.startsWith(`${wildcard.namespace}/`);
  return new RegExp(`^${pattern}$`).test(host) && (wildcard.namespace === '' || isBelow);
}
