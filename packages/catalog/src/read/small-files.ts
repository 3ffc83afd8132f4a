import { isUnchanged, readStamp, type Stamp } from '@registry-cache/runtime';
import { readBytes } from './read-bytes.ts';
import type { Slices } from './slices.ts';

interface Known<V> {
  readonly stamp: Stamp;
  readonly value: V;
}

/** Small files of which only the changed ones are read again. A missing file has no value. */
export class SmallFiles<V> {
  readonly #maxBytes: number;
  readonly #parse: (text: string) => V | undefined;
  #known = new Map<string, Known<V>>();

  constructor(maxBytes: number, parse: (text: string) => V | undefined) {
    this.#maxBytes = maxBytes;
    this.#parse = parse;
  }

  /** Reads these files. @throws Error with the system's code. */
  async read(
    names: readonly string[],
    fileOf: (name: string) => string,
    slices: Slices,
  ): Promise<void> {
    const known = new Map<string, Known<V>>();
    for (const name of names) {
      if (slices.isOver()) await slices.rest();
      const entry = this.#readOne(fileOf(name), this.#known.get(name));
      if (entry !== undefined) known.set(name, entry);
    }
    this.#known = known;
  }

  *entries(): Generator<readonly [name: string, value: V]> {
    for (const [name, { value }] of this.#known) yield [name, value];
  }

  #readOne(file: string, known: Known<V> | undefined): Known<V> | undefined {
    // The stamp comes first: a change after it makes another stamp.
    const stamp = readStamp([file]);
    if (known !== undefined && isUnchanged(known.stamp, stamp)) return known;
    const bytes = readBytes(file, this.#maxBytes);
    const value = bytes === undefined ? undefined : this.#parse(bytes.toString('latin1'));
    return value === undefined ? undefined : { stamp, value };
  }
}
