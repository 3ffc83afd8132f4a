/** The most bytes of a command's messages to people that are kept. */
const MOST_MESSAGES = 4 * 1024;
/** The last line may be a summary that names images. The rest of a longer line is dropped. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Reads what a command says on its standard error, and keeps only what is asked for in the end. */
export class SaidLines {
  #messages = '';
  #lastLine = '';
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** The bytes that it holds in memory, or some more. */
  get heldBytes(): number {
    return this.#bytes + this.#messages.length + this.#lastLine.length;
  }

  add(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#append(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
  }

  /**
   * The messages to people, as one line without the name of the program and without progress for
   * programs; and the last line that is not empty, as it is.
   */
  end(): { readonly messages: string; readonly lastLine: string } {
    this.#endLine();
    return { messages: this.#messages, lastLine: this.#lastLine };
  }

  #append(piece: Buffer): void {
    const kept = piece.subarray(0, Math.max(0, MOST_LINE_BYTES - this.#bytes));
    if (kept.length === 0) return;
    this.#pieces.push(kept);
    this.#bytes += kept.length;
  }

  #endLine(): void {
    const line = Buffer.concat(this.#pieces).toString('utf8').trimEnd();
    this.#pieces = [];
    this.#bytes = 0;
    if (line === '') return;
    this.#lastLine = line;
    const said = line.replace(/^registry-cache: /, '').trim();
    if (said === '' || said.startsWith('{')) return;
    const messages = this.#messages === '' ? said : `${this.#messages}; ${said}`;
    this.#messages = messages.slice(-MOST_MESSAGES);
  }
}
