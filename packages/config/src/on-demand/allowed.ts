/**
 * A regular expression (of JavaScript and PCRE alike) for the hosts that ON_DEMAND_REGISTRIES allows. `*`
 * stands for any part of a host name, but never for a port: `*.gcr.io` allows none. A name without
 * a dot is none of another network, and the first part of most repositories.
 */
export function formatAllowed(globs: readonly string[]): string {
  const patterns = globs.map((glob) => glob.replaceAll('.', '\\.').replaceAll('*', '[a-z0-9.-]*'));
  return `^(?=[^.]*\\.)(?:${patterns.join('|')})$`;
}
