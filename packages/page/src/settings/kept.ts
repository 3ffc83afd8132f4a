/** Settings of the page that this browser remembers: matters of taste, nothing secret. */
export type KeptName = 'theme' | 'address';

const keyOf = (name: KeptName) => `registry-cache.${name}`;

/** Undefined for a setting that was never kept, and in a browser that keeps none. */
export function readKept(name: KeptName): string | undefined {
  try {
    return localStorage.getItem(keyOf(name)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Without room or permission the choice lasts until the page is closed. */
export function keep(name: KeptName, value: string): void {
  try {
    localStorage.setItem(keyOf(name), value);
  } catch {}
}
