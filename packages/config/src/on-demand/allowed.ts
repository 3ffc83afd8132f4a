import { CLOUDS, formatHostsOfCloud } from '@registry-cache/domain';
import type { Settings } from '../settings/table.ts';
import type { OnDemandKey } from './keys.ts';

/** The inputs that say which registries are served on demand. */
export interface OnDemandSources {
  readonly settings: Pick<Settings, 'ON_DEMAND_REGISTRIES' | 'OFFLINE'>;
  readonly onDemandKeys: readonly OnDemandKey[];
}

/**
 * A regular expression (for JavaScript and PCRE) for the hosts that are served on demand. In
 * ON_DEMAND_REGISTRIES `*` stands for any part of a host name, in keys for a part of one label; never
 * for a port: `*.gcr.io` allows no port. A host needs a dot, since a name without one is the first
 * part of most repositories. Of Docker Hub's names only the usual one is allowed. A dot at the end is
 * not: it would be one more name of a registry, which the rules of access for that registry do not
 * mean.
 */
export function formatAllowed(
  globs: readonly string[],
  keys: readonly Pick<OnDemandKey, 'host' | 'cloud'>[] = [],
): string {
  const patterns = [
    ...globs.map((glob) => formatGlob(glob, '[a-z0-9.-]*')),
    ...keys.filter(({ cloud }) => cloud === undefined).map(({ host }) => formatKey(host)),
    ...CLOUDS.flatMap((cloud) => {
      const own = keys.filter((key) => key.cloud === cloud).map(({ host }) => formatKey(host));
      return own.length === 0 ? [] : [`(?=${formatHostsOfCloud(cloud)})(?:${own.join('|')})`];
    }),
  ];
  return `^(?=[^.]*\\.)(?!.*\\.(?::\\d+)?$)(?!(?:(?:index|registry-1)\\.docker\\.io|registry\\.hub\\.docker\\.com)$)(?:${patterns.join('|')})$`;
}

function formatKey(host: string): string {
  return formatGlob(host, '[a-z0-9-]*');
}

function formatGlob(glob: string, star: string): string {
  return glob.replaceAll('.', '\\.').replaceAll('*', star);
}

/** The globs of registries on demand, as operators know them. */
export function listAllowed({ settings, onDemandKeys }: OnDemandSources): string[] {
  return [...new Set([...settings.ON_DEMAND_REGISTRIES, ...onDemandKeys.map(({ host }) => host)])];
}

/** Whether registries are added on demand. Offline, no new registry could be looked at. */
export function mayAskForMore(sources: OnDemandSources): boolean {
  return listAllowed(sources).length > 0 && !sources.settings.OFFLINE;
}
