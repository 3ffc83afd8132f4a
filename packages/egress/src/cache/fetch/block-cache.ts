import { createBoundedMap } from '@registry-cache/runtime';

/** What one read takes from disk. */
const BLOCK_BYTES = 256 * 1024;
const MAX_BLOCKS = 8;

/**
 * The blocks of a file that were read last, for readers that have fallen behind together: they
 * share what one of them has read.
 */
export class BlockCache {
  readonly #blocks = createBoundedMap<number, Promise<Uint8Array>>(MAX_BLOCKS);
  readonly #read: (position: number, length: number) => Promise<Uint8Array>;

  constructor(read: (position: number, length: number) => Promise<Uint8Array>) {
    this.#read = read;
  }

  /** Bytes from `position` on, at most `length`; all before `end` are in the file. */
  async at(position: number, length: number, end: number): Promise<Uint8Array> {
    const start = position - (position % BLOCK_BYTES);
    // A block that is not all there yet is for the one who needs it so soon.
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
