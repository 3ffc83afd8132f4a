import { DigestLookup } from './digest-lookup.ts';

const SHA256_BYTES = 32;
const FIRST_CAPACITY = 1024;

/**
 * All blobs of the store in columns, about 60 bytes for each blob. Objects would take ten times as
 * much.
 */
export class BlobTable {
  /** The number of rows in use. A row keeps its number. */
  count = 0;
  sizesBytes = new Float64Array(FIRST_CAPACITY);
  atimesMs = new Float64Array(FIRST_CAPACITY);
  mtimesMs = new Float64Array(FIRST_CAPACITY);
  #gone = new Uint8Array(FIRST_CAPACITY);
  #held = new Uint8Array(FIRST_CAPACITY);
  #sha256 = Buffer.alloc(FIRST_CAPACITY * SHA256_BYTES);
  /** Digests of other algorithms (sha512) are rare, so they stay text beside the columns. */
  readonly #otherDigests = new Map<number, string>();
  readonly #otherRows = new Map<string, number>();
  #lookup: DigestLookup | undefined;

  add(algorithm: string, hex: string, sizeBytes: number, atimeMs: number, mtimeMs: number): void {
    const row = this.count;
    if (row === this.sizesBytes.length) this.#grow();
    this.sizesBytes[row] = sizeBytes;
    this.atimesMs[row] = atimeMs;
    this.mtimesMs[row] = mtimeMs;
    if (algorithm === 'sha256') {
      this.#sha256.write(hex, row * SHA256_BYTES, 'hex');
    } else {
      this.#otherDigests.set(row, `${algorithm}:${hex}`);
      this.#otherRows.set(`${algorithm}:${hex}`, row);
    }
    this.count += 1;
    this.#lookup = undefined;
  }

  digestAt(row: number): string {
    const start = row * SHA256_BYTES;
    return (
      this.#otherDigests.get(row) ??
      `sha256:${this.#sha256.toString('hex', start, start + SHA256_BYTES)}`
    );
  }

  /** The blob's row, or -1. The index behind it is built at the first call. */
  rowOf(algorithm: string, hex: string): number {
    if (algorithm !== 'sha256') return this.#otherRows.get(`${algorithm}:${hex}`) ?? -1;
    this.#lookup ??= new DigestLookup(this.#sha256, this.count, this.#otherDigests);
    return this.#lookup.find(hex);
  }

  /** Remembers that the blob was found gone or was removed after the scan. */
  markGone(row: number): void {
    this.#gone[row] = 1;
  }

  isGone(row: number): boolean {
    return this.#gone[row] === 1;
  }

  /** Keeps the blob from eviction: a pin holds it. */
  hold(row: number): void {
    this.#held[row] = 1;
  }

  isHeld(row: number): boolean {
    return this.#held[row] === 1;
  }

  #grow(): void {
    const capacity = this.sizesBytes.length * 2;
    this.sizesBytes = grown(this.sizesBytes, new Float64Array(capacity));
    this.atimesMs = grown(this.atimesMs, new Float64Array(capacity));
    this.mtimesMs = grown(this.mtimesMs, new Float64Array(capacity));
    this.#gone = grown(this.#gone, new Uint8Array(capacity));
    this.#held = grown(this.#held, new Uint8Array(capacity));
    this.#sha256 = grown(this.#sha256, Buffer.alloc(capacity * SHA256_BYTES));
  }
}

function grown<T extends Float64Array | Uint8Array>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
