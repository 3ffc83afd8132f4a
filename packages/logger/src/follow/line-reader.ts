import { type FileHandle, open } from 'node:fs/promises';
import type { Place } from './place.ts';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

export interface Lines {
  readonly lines: readonly string[];
  /** Lines given up because no end of them came within a chunk. */
  readonly tooLong: number;
}

/**
 * Reads whole lines of one file, a chunk at a time. A line whose end is not written yet is not
 * kept: it is read again with its end, so that memory stays flat and the place is always the
 * start of a line.
 */
export class LineReader {
  readonly inode: number;
  readonly #handle: FileHandle;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  #offset: number;
  /** Bytes of an endless line at the offset that were read and dropped. */
  #droppedBytes = 0;

  private constructor(handle: FileHandle, inode: number, offset: number) {
    this.#handle = handle;
    this.inode = inode;
    this.#offset = offset;
  }

  /** An offset that is not the start of a line of this file is of another one: then from 0. */
  static async open(path: string, offset: number): Promise<LineReader> {
    const handle = await open(path, 'r');
    const { ino } = await handle.stat();
    const reader = new LineReader(handle, ino, offset);
    if (offset > 0 && !(await reader.#endsLineBefore(offset))) reader.#offset = 0;
    return reader;
  }

  get place(): Place {
    return { inode: this.inode, offset: this.#offset };
  }

  /** The next lines, or nothing at the end of what is written. */
  async read(): Promise<Lines | undefined> {
    const position = this.#offset + this.#droppedBytes;
    const { bytesRead } = await this.#handle.read(this.#chunk, 0, CHUNK_BYTES, position);
    const chunk = this.#chunk.subarray(0, bytesRead);
    if (this.#droppedBytes > 0) return this.#finishDropping(chunk);
    const end = chunk.lastIndexOf(NEWLINE);
    if (end >= 0) {
      this.#offset += end + 1;
      // One byte, one character: all that is looked at is ASCII, and no byte is invalid.
      return { lines: chunk.toString('latin1', 0, end).split('\n'), tooLong: 0 };
    }
    if (bytesRead < CHUNK_BYTES) return undefined;
    this.#droppedBytes = bytesRead;
    return { lines: [], tooLong: 0 };
  }

  /** Starts over when the file has become shorter than what was read of it. */
  async rewindIfTruncated(): Promise<boolean> {
    const { size } = await this.#handle.stat();
    if (size >= this.#offset + this.#droppedBytes) return false;
    this.#offset = 0;
    this.#droppedBytes = 0;
    return true;
  }

  /** Whether there is a line without an end after the place. */
  async hasRest(): Promise<boolean> {
    return (await this.#handle.stat()).size > this.#offset;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #finishDropping(chunk: Buffer): Lines | undefined {
    if (chunk.length === 0) return undefined;
    const end = chunk.indexOf(NEWLINE);
    if (end < 0) {
      this.#droppedBytes += chunk.length;
      return { lines: [], tooLong: 0 };
    }
    this.#offset += this.#droppedBytes + end + 1;
    this.#droppedBytes = 0;
    return { lines: [], tooLong: 1 };
  }

  async #endsLineBefore(offset: number): Promise<boolean> {
    const byte = Buffer.alloc(1);
    const { bytesRead } = await this.#handle.read(byte, 0, 1, offset - 1);
    return bytesRead === 1 && byte[0] === NEWLINE;
  }
}
