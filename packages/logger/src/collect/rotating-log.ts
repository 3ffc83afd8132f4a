import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A file that grows up to a size. Then it is renamed to `<path>.1`, and a new one begins. */
export class RotatingLog {
  readonly #path: string;
  readonly #rotateAtBytes: number;
  #file: number | undefined;
  #bytes = 0;

  constructor(path: string, rotateAtBytes: number) {
    this.#path = path;
    this.#rotateAtBytes = rotateAtBytes;
  }

  /**
   * Writes whole lines.
   *
   * @throws the filesystem's error. The next call then tries again.
   */
  append(lines: Buffer): void {
    let file = this.#file ?? this.#open();
    if (this.#bytes > 0 && this.#bytes + lines.length > this.#rotateAtBytes) file = this.#rotate();
    for (let at = 0; at < lines.length; ) at += writeSync(file, lines, at);
    this.#bytes += lines.length;
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

  #rotate(): number {
    this.close();
    renameSync(this.#path, `${this.#path}.1`);
    return this.#open();
  }
}
