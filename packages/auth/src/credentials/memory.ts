/** Remembers a value for a key until a time; holds a limited number of them. */
export interface Memory<T> {
  get(key: string): T | undefined;
  set(key: string, value: T, lifetimeMs: number): void;
}

/** Beyond `maxEntries` the one that was set first is forgotten. `now` is in milliseconds. */
export function createMemory<T>(maxEntries: number, now: () => number): Memory<T> {
  const entries = new Map<string, { readonly value: T; readonly untilMs: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.untilMs > now()) return entry.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value, lifetimeMs) {
      // Deleted first, so that it is the youngest in the map's order.
      entries.delete(key);
      entries.set(key, { value, untilMs: now() + lifetimeMs });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
  };
}
