import type { Settings } from '../settings/table.ts';

/**
 * A regular expression (for JavaScript and PCRE) for the hosts that ON_DEMAND_REGISTRIES allows. `*`
 * stands for any part of a host name, but never for a port: `*.gcr.io` allows no port. A host needs a
 * dot, since a name without one is the first part of most repositories. Of Docker Hub's names only
 * the usual one is allowed. A dot at the end is not: it would be one more name of a registry, which the
 * rules of access for that registry do not mean.
 */
export function formatAllowed(globs: readonly string[]): string {
  const patterns = globs.map((glob) => glob.replaceAll('.', '\\.').replaceAll('*', '[a-z0-9.-]*'));
  return `^(?=[^.]*\\.)(?!.*\\.(?::\\d+)?$)(?!(?:(?:index|registry-1)\\.docker\\.io|registry\\.hub\\.docker\\.com)$)(?:${patterns.join('|')})$`;
}

/** Whether registries are added on demand. Offline, no new registry could be looked at. */
export function mayAskForMore({
  ON_DEMAND_REGISTRIES,
  OFFLINE,
}: Pick<Settings, 'ON_DEMAND_REGISTRIES' | 'OFFLINE'>): boolean {
  return ON_DEMAND_REGISTRIES.length > 0 && !OFFLINE;
}
