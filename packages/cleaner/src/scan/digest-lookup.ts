const SHA256_BYTES = 32;
const EMPTY = 0xffffffff;

/**
 * Finds a sha256 digest among packed ones, by open addressing with 8 to 16 bytes for each digest.
 * Digests are uniformly distributed, so their first 32 bits serve as the hash.
 */
export class DigestLookup {
  readonly #packed: Buffer;
  readonly #slots: Uint32Array;
  readonly #mask: number;
  readonly #wanted = Buffer.alloc(SHA256_BYTES);

  /** @param skipped rows without a sha256 digest */
  constructor(packed: Buffer, count: number, skipped: ReadonlyMap<number, unknown>) {
    this.#packed = packed;
    const size = 2 ** Math.ceil(Math.log2(Math.max(count, 1) * 2));
    this.#slots = new Uint32Array(size).fill(EMPTY);
    this.#mask = size - 1;
    for (let row = 0; row < count; row += 1) {
      if (skipped.has(row)) continue;
      let slot = packed.readUInt32BE(row * SHA256_BYTES) & this.#mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = row;
    }
  }

  /** The row of a digest of 64 hexadecimal digits, or -1. */
  find(hex: string): number {
    if (this.#wanted.write(hex, 'hex') !== SHA256_BYTES) return -1;
    let slot = this.#wanted.readUInt32BE(0) & this.#mask;
    for (;;) {
      const row = this.#slots[slot] ?? EMPTY;
      if (row === EMPTY) return -1;
      const start = row * SHA256_BYTES;
      if (this.#packed.compare(this.#wanted, 0, SHA256_BYTES, start, start + SHA256_BYTES) === 0) {
        return row;
      }
      slot = (slot + 1) & this.#mask;
    }
  }
}
