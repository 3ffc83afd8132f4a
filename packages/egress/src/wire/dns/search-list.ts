/**
 * The full names that a name may stand for, in the order of their lookups. A name with a dot at its
 * end is full. A name with at least `ndots` dots inside is looked up as it is first.
 * Source: resolv.conf(5), `search` and `ndots`; of several `search` lines the last one counts.
 */
export function listFullNames(resolvConf: string, name: string): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const lines = resolvConf.split('\n').map((line) => line.trim().split(/\s+/));
  const domains =
    lines.findLast(([word]) => word === 'search' || word === 'domain')?.slice(1) ?? [];
  const options = lines.filter(([word]) => word === 'options').flat();
  const ndots = options.findLast((option) => /^ndots:\d+$/.test(option))?.slice(6) ?? '1';
  const dots = name.split('.').length - 1;
  const below = domains.map((domain) => `${name}.${domain}`.replace(/\.+$/, ''));
  return dots >= Number(ndots) ? [name, ...below] : [...below, name];
}
