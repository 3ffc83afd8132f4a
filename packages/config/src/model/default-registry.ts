import { accept, type Parsed, quoteFound, reject } from '@registry-cache/domain';
import { DOCKER_HUB, formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import type { Upstream } from './upstream.ts';

const PATH = 'DEFAULT_REGISTRY';

/**
 * The host of images whose names have no registry (docker's mirrors leave it out); undefined for
 * none.
 *
 * @param setting - Empty for the usual choice.
 * @param leftOut - Upstreams whose entries in the pull secret cannot be used.
 */
export function chooseDefaultRegistry(
  setting: string,
  upstreams: readonly Upstream[],
  leftOut: readonly string[] = [],
): Parsed<string | undefined> {
  const hosts = new Set(upstreams.map(({ host }) => host));
  if (setting === 'none') return accept(undefined);
  if (setting === '') {
    const [only] = hosts.size === 1 ? hosts : [];
    return accept(hosts.has(DOCKER_HUB) ? DOCKER_HUB : only);
  }
  const keys = [...hosts, ...upstreams.map(({ key }) => key)];
  const name = parseUpstreamKey(PATH, setting);
  if (name.ok && keys.includes(formatUpstreamName(name.value))) return accept(name.value.host);
  // The pull secret names it in an unusable entry, which must not stop the other registries.
  if (name.ok && leftOut.includes(formatUpstreamName(name.value))) return accept(undefined);
  const accepted = `none, or a registry of the pull secret: ${[...new Set(keys)].join(', ')}`;
  return reject({ path: PATH, found: quoteFound(setting), accepted });
}
