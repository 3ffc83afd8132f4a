/** Remembers a limited number of values; what was used last is kept longest. */
export interface Memory<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

/** Beyond `maxEntries` the entry that nobody used for the longest time is forgotten. */
export function createMemory<T>(maxEntries: number): Memory<T> {
  /** The least recently used first. */
  const entries = new Map<string, T>();
  const put = (key: string, value: T) => {
    entries.delete(key);
    entries.set(key, value);
  };
  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set(key, value) {
      put(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
    },
  };
}
