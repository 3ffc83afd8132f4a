import { createBoundedMap } from '@registry-cache/runtime';

/** The size of one read from disk. */
const BLOCK_BYTES = 256 * 1024;
const MAX_BLOCKS = 8;

/**
 * The last blocks that were read from a file. Readers that fall behind together share them, so
 * that each block is read once.
 */
export class BlockCache {
  readonly #blocks = createBoundedMap<number, Promise<Uint8Array>>(MAX_BLOCKS);
  readonly #read: (position: number, length: number) => Promise<Uint8Array>;

  constructor(read: (position: number, length: number) => Promise<Uint8Array>) {
    this.#read = read;
  }

  /** Bytes from `position` on, at most `length`. All bytes before `end` must be in the file. */
  async at(position: number, length: number, end: number): Promise<Uint8Array> {
    const start = position - (position % BLOCK_BYTES);
    // A partial block is not cached.
    if (start + BLOCK_BYTES > end) return this.#read(position, Math.min(length, end - position));
    const bytes = await this.#block(start);
    const rest = bytes.subarray(position - start, position - start + length);
    return rest.length > 0 ? rest : this.#read(position, length);
  }

  #block(start: number): Promise<Uint8Array> {
    const known = this.#blocks.get(start);
    if (known !== undefined) return known;
    const block = this.#read(start, BLOCK_BYTES);
    this.#blocks.set(start, block);
    block.catch(() => this.#blocks.delete(start));
    return block;
  }
}
