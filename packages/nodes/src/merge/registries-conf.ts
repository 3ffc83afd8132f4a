import { parse, stringify, type TomlTable } from 'smol-toml';

/**
 * The drop-in for CRI-O. A [[registry]] in it replaces one with the same prefix in an earlier file
 * (containers-registries.conf.d(5)). So each has what the node's own one has, and its mirrors behind
 * the cache.
 *
 * @param others - The node's own registries.conf and drop-ins, in the order in which they count.
 * @param ours - The drop-in of the client set-up.
 * @throws if one of them is no TOML.
 */
export function mergeRegistries(others: readonly string[], ours: string): string {
  const former = new Map<string, TomlTable>();
  for (const registry of others.flatMap(listRegistries)) former.set(prefixOf(registry), registry);
  const merged = listRegistries(ours).map((registry) => mergeRegistry(registry, former));
  const mark = `${ours.split('\n', 1)[0]}\n\n`;
  return mark + merged.map((registry) => `${stringify({ registry: [registry] })}\n`).join('');
}

function mergeRegistry(ours: TomlTable, former: ReadonlyMap<string, TomlTable>): TomlTable {
  const theirs = former.get(prefixOf(ours));
  if (theirs === undefined) return ours;
  const mirrors = listTables(ours.mirror);
  const known = mirrors.map(({ location }) => location);
  const others = listTables(theirs.mirror).filter(({ location }) => !known.includes(location));
  return { ...ours, ...theirs, mirror: [...mirrors, ...others] };
}

/** Without a prefix, the location is the prefix. */
function prefixOf({ prefix, location }: TomlTable): string {
  return String(prefix ?? location);
}

function listRegistries(text: string): TomlTable[] {
  return listTables(parse(text).registry);
}

function listTables(value: unknown): TomlTable[] {
  return Array.isArray(value) ? (value as TomlTable[]) : [];
}
