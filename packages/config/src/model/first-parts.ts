/** The first parts of an upstream's prefixes, which come right behind /v2/. */
export function listFirstParts({ prefixes }: { readonly prefixes: readonly string[] }): string[] {
  return [...new Set(prefixes.map((prefix) => prefix.replace(/\/.*$/, '')))];
}
