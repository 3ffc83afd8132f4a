/** A piece of the body in memory. */
interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
  onDisk: boolean;
}

/**
 * The newest pieces of a body, in order and without gaps, for readers that keep up. All readers
 * get the same bytes by reference. Older pieces are dropped as soon as they can be read from disk.
 */
export class TailBuffer {
  readonly #pieces: Piece[] = [];
  #bytes = 0;
  #maxBytes = 0;

  /** How many bytes may stay. Bytes that are not on disk stay in any case. */
  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    this.#trim();
  }

  /** The position of the first byte. Bytes before it have to be read from disk. */
  get start(): number {
    return this.#pieces[0]?.position ?? Number.POSITIVE_INFINITY;
  }

  /** Adds the next piece. It may be dropped once `written` has resolved. */
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
      // The write failed: the piece stays, as the only copy.
      () => undefined,
    );
  }

  /** The bytes from `position` to the end of their piece; undefined where no piece has them. */
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
