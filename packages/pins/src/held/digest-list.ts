const SHA256_BYTES = 32;
const SHA256 = 'sha256:';

/** Digests in 32 bytes each. As texts they would take four times as much. */
export class DigestList {
  readonly #packed: Buffer;
  /** Digests of other algorithms are rare. */
  readonly #others: readonly string[];

  constructor(digests: ReadonlySet<string>) {
    const all = [...digests];
    const packed = all.filter((digest) => digest.startsWith(SHA256));
    this.#others = all.filter((digest) => !digest.startsWith(SHA256));
    this.#packed = Buffer.alloc(packed.length * SHA256_BYTES);
    packed.forEach((digest, index) => {
      this.#packed.write(digest.slice(SHA256.length), index * SHA256_BYTES, 'hex');
    });
  }

  *[Symbol.iterator](): Generator<string> {
    for (let start = 0; start < this.#packed.length; start += SHA256_BYTES) {
      yield SHA256 + this.#packed.toString('hex', start, start + SHA256_BYTES);
    }
    yield* this.#others;
  }
}
