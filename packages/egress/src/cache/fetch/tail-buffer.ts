/** A piece of the body that is still in memory. */
interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
  onDisk: boolean;
}

/**
 * The newest pieces of a body, in order and without gaps, for readers that keep up: all of them
 * get the same bytes by reference. Older pieces go as soon as they can be read from disk.
 */
export class TailBuffer {
  readonly #pieces: Piece[] = [];
  #bytes = 0;
  #maxBytes = 0;

  /** How much may stay; what is not on disk stays in any case. */
  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    this.#trim();
  }

  /** Where it begins: what lies before has to be read from disk. */
  get start(): number {
    return this.#pieces[0]?.position ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the next piece; it may go once `written` has resolved. */
  push(position: number, bytes: Uint8Array, written: Promise<void> | undefined): void {
    const piece: Piece = { position, bytes, onDisk: written === undefined };
    this.#pieces.push(piece);
    this.#bytes += bytes.length;
    this.#trim();
    written?.then(
      () => {
        piece.onDisk = true;
        this.#trim();
      },
      // Not written: it stays, as the only copy there is.
      () => undefined,
    );
  }

  /** The bytes from `position` to the end of their piece. */
  at(position: number): Uint8Array | undefined {
    let [low, high] = [0, this.#pieces.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const piece = this.#pieces[middle];
      if (piece === undefined) return undefined;
      if (position < piece.position) high = middle - 1;
      else if (position >= piece.position + piece.bytes.length) low = middle + 1;
      else return piece.bytes.subarray(position - piece.position);
    }
    return undefined;
  }

  #trim(): void {
    let count = 0;
    for (const { onDisk, bytes } of this.#pieces) {
      if (this.#bytes <= this.#maxBytes || !onDisk) break;
      this.#bytes -= bytes.length;
      count += 1;
    }
    if (count > 0) this.#pieces.splice(0, count);
  }
}
