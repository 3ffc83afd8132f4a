/** A number with its noun: `1 registry`, `2 registries`. */
export function formatMany(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
