import { createHash } from 'node:crypto';
import { splitDigest } from '@registry-cache/domain';

/** Hashes a file of a backup: for the sums at the end, and for the digest that its path promises. */
export class ContentHash {
  readonly #sum = createHash('sha256');
  readonly #digest: string | undefined;
  readonly #own: ReturnType<typeof createHash>;

  /** @param digest that the bytes must have; undefined for a file that is no content. */
  constructor(digest: string | undefined) {
    this.#digest = digest;
    const algorithm = digest === undefined ? 'sha256' : splitDigest(digest).algorithm;
    this.#own = algorithm === 'sha256' ? this.#sum : createHash(algorithm);
  }

  update(piece: Buffer): void {
    this.#sum.update(piece);
    if (this.#own !== this.#sum) this.#own.update(piece);
  }

  /** Called once, after the last piece. */
  end(): { readonly sha256: string; readonly isRight: boolean } {
    const sha256 = this.#sum.digest('hex');
    const hex = this.#own === this.#sum ? sha256 : this.#own.digest('hex');
    const isRight = this.#digest === undefined || splitDigest(this.#digest).hex === hex;
    return { sha256, isRight };
  }
}
