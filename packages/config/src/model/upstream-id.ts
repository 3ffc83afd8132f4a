import { createHash } from 'node:crypto';
import { spellHost } from '../pull-secret/host.ts';
import { formatUpstreamName, type UpstreamName } from '../pull-secret/key.ts';

/** A unix socket's path may have 107 bytes; the id is a part of several. */
const MAX_LENGTH = 48;

/**
 * The name of an upstream's files, sockets, backend and program. A plain host is its own id. A port
 * follows an underscore, which hosts cannot have, and an address loses its brackets. A namespace or
 * a very long host is folded, and then a hash of the whole key keeps two keys apart.
 */
export function buildUpstreamId(name: UpstreamName): string {
  const key = formatUpstreamName(name);
  const { host, namespace } = name;
  const folded = formatUpstreamName({ host: spellHost(host), namespace }).replaceAll('/', '_');
  if (name.namespace === '' && folded.length <= MAX_LENGTH) return folded;
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return `${folded.slice(0, MAX_LENGTH - 9)}-${hash}`;
}

/** The id that a registry on demand has, or will have. */
export function onDemandUpstreamId(host: string): string {
  return buildUpstreamId({ host, namespace: '' });
}
