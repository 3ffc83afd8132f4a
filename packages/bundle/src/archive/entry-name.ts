/**
 * The name of an entry without `./` and doubled slashes; undefined for one that leaves the archive.
 * Names are keys of a map only, never paths that are written.
 */
export function normalizeName(name: string): string | undefined {
  if (name.startsWith('/') || name.includes('\0')) return undefined;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return undefined;
  return parts.join('/');
}

/** The entry that a symbolic link in an archive leads to; undefined for one that leaves it. */
export function resolveLink(name: string, target: string): string | undefined {
  if (target.startsWith('/') || target.includes('\0')) return undefined;
  const parts = name.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}
