export type MapEntry = readonly [key: string, value: string];

/** A map file of HAProxy: a line for each entry. */
export function formatMap(entries: readonly MapEntry[]): string {
  return entries.map(([key, value]) => `${key} ${value}\n`).join('');
}
