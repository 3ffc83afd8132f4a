import { LRUCache } from 'lru-cache';

/** A map that holds a bounded number of entries. Reading an entry, and writing it, count as use. */
export interface BoundedMap<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
  has(key: K): boolean;
  delete(key: K): boolean;
  /** The number of entries. */
  readonly size: number;
}

/**
 * Makes a map that drops the entry that was used least recently, as soon as all entries together
 * are larger than `capacity`.
 * @param sizeOf the size of an entry, in the unit of `capacity`; by default every entry counts 1.
 * An entry that is larger than the whole capacity is not stored.
 */
export function createBoundedMap<K extends Present, V extends Present>(
  capacity: number,
  sizeOf: (value: V, key: K) => number = () => 1,
): BoundedMap<K, V> {
  // With `max` instead, the library allocates all of its slots now: 160 KB for 10 000 entries.
  return new LRUCache<K, V>({ maxSize: capacity, sizeCalculation: sizeOf });
}

/** Anything but null and undefined, which stand for a missing entry. */
type Present = NonNullable<unknown>;
