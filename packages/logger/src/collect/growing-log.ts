import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const NEWLINE = 0x0a;

/** A file that grows up to a size; then it is renamed to `<path>.1`, and a new one is begun. */
export class GrowingLog {
  readonly #path: string;
  readonly #rotateAtBytes: number;
  #file: number | undefined;
  #bytes = 0;
  /** Whether the last thing written was the end of a line: a line is never cut in two files. */
  #isAtLineStart = true;

  constructor(path: string, rotateAtBytes: number) {
    this.#path = path;
    this.#rotateAtBytes = rotateAtBytes;
  }

  /** @throws what the filesystem says; then the next call tries anew. */
  append(chunk: Buffer): void {
    const isFull = this.#bytes + chunk.length > this.#rotateAtBytes && this.#bytes > 0;
    if (this.#file !== undefined && isFull && this.#isAtLineStart) this.#rotate();
    const file = this.#file ?? this.#open();
    for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
    this.#bytes += chunk.length;
    this.#isAtLineStart = chunk.at(-1) === NEWLINE;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    this.#file = openSync(this.#path, 'a', 0o640);
    this.#bytes = fstatSync(this.#file).size;
    return this.#file;
  }

  #rotate(): void {
    this.close();
    renameSync(this.#path, `${this.#path}.1`);
  }
}
