import type { Readable } from 'node:stream';

/** Summaries name images. */
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Keeps the end of what a stream brings: 16 MiB at most. */
export function gather(stream: Readable): TextEnd {
  const end = new TextEnd(MOST_OUTPUT_BYTES);
  stream.on('data', (chunk: Buffer) => end.add(chunk));
  return end;
}

/** Keeps the end of a text, and at most one piece more than is wanted of it. */
export class TextEnd {
  readonly #most: number;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  /** The bytes that it holds in memory. */
  get heldBytes(): number {
    return this.#bytes;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    for (;;) {
      const firstBytes = this.#pieces[0]?.length ?? 0;
      if (this.#pieces.length < 2 || this.#bytes - firstBytes < this.#most) return;
      this.#pieces.shift();
      this.#bytes -= firstBytes;
    }
  }

  get text(): string {
    return Buffer.concat(this.#pieces).subarray(-this.#most).toString('utf8');
  }
}
