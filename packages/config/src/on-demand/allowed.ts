import type { Settings } from '../settings/table.ts';

/**
 * A regular expression (of JavaScript and PCRE alike) for the hosts that ON_DEMAND_REGISTRIES allows. `*`
 * stands for any part of a host name, but never for a port: `*.gcr.io` allows none. A name without
 * a dot is none of another network, and the first part of most repositories. Docker Hub is asked for
 * by the one name that everybody uses.
 */
export function formatAllowed(globs: readonly string[]): string {
  const patterns = globs.map((glob) => glob.replaceAll('.', '\\.').replaceAll('*', '[a-z0-9.-]*'));
  return `^(?=[^.]*\\.)(?!(?:(?:index|registry-1)\\.docker\\.io|registry\\.hub\\.docker\\.com)$)(?:${patterns.join('|')})$`;
}

/** Whether registries are added when somebody asks for them; offline there is nobody to look at. */
export function mayAskForMore({ ON_DEMAND_REGISTRIES, OFFLINE }: Settings): boolean {
  return ON_DEMAND_REGISTRIES.length > 0 && !OFFLINE;
}
