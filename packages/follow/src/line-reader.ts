import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { openPlainFile } from '@registry-cache/runtime';
import type { LogPosition } from './log-position.ts';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;
/** The bytes at the start of a file by which it is known again. The first line has a time. */
const MARK_BYTES = 256;

export interface Lines {
  readonly lines: readonly string[];
  /** The number of lines that were dropped because they are longer than a chunk. */
  readonly tooLong: number;
}

/**
 * Reads whole lines of one file, a chunk at a time. A line without its end is read again later. So
 * memory stays flat, and the position is always the start of a line.
 */
export class LineReader {
  readonly inode: number;
  /** Whether the file is the one that the offset at the opening belongs to. */
  isSame = true;
  readonly #handle: FileHandle;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** The first bytes of the file, up to the offset. */
  #head = Buffer.alloc(0);
  #offset: number;
  /** Bytes of an endless line at the offset, read and dropped. */
  #droppedBytes = 0;

  private constructor(handle: FileHandle, inode: number, offset: number) {
    this.#handle = handle;
    this.inode = inode;
    this.#offset = offset;
  }

  /**
   * Opens the file at an offset. If no line starts there, or if the file has another mark, the
   * offset belongs to another file, and reading starts at 0. Inodes are used again.
   */
  static async open(path: string, offset: number, mark?: string): Promise<LineReader> {
    const handle = await openPlainFile(path);
    const { ino } = await handle.stat();
    const reader = new LineReader(handle, ino, offset);
    await reader.#readHead();
    const isMarked = mark === undefined || mark === reader.position.mark;
    const isStart = offset === 0 || (await reader.#endsLineBefore(offset));
    reader.isSame = isMarked && isStart;
    if (!reader.isSame) reader.#restart();
    return reader;
  }

  get position(): LogPosition {
    const mark = createHash('sha1').update(this.#head).digest('hex');
    return { inode: this.inode, offset: this.#offset, mark };
  }

  /** The next lines; undefined at the end of the file. */
  async read(): Promise<Lines | undefined> {
    const position = this.#offset + this.#droppedBytes;
    const { bytesRead } = await this.#handle.read(this.#chunk, 0, CHUNK_BYTES, position);
    const chunk = this.#chunk.subarray(0, bytesRead);
    if (this.#droppedBytes > 0) return this.#finishDropping(chunk);
    const end = chunk.lastIndexOf(NEWLINE);
    if (end >= 0) {
      this.#offset += end + 1;
      await this.#readHead();
      // One byte is one character: all fields that matter are ASCII, and no byte is invalid.
      return { lines: chunk.toString('latin1', 0, end).split('\n'), tooLong: 0 };
    }
    if (bytesRead < CHUNK_BYTES) return undefined;
    this.#droppedBytes = bytesRead;
    return { lines: [], tooLong: 0 };
  }

  /** Starts over if the file has become shorter than the position. */
  async rewindIfTruncated(): Promise<boolean> {
    const { size } = await this.#handle.stat();
    if (size >= this.#offset + this.#droppedBytes) return false;
    this.#restart();
    return true;
  }

  /** Whether a line without an end follows the position. */
  async hasRest(): Promise<boolean> {
    return (await this.#handle.stat()).size > this.#offset;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #restart(): void {
    this.#offset = 0;
    this.#droppedBytes = 0;
    this.#head = Buffer.alloc(0);
  }

  /** Reads what the mark is made of, until it is complete. */
  async #readHead(): Promise<void> {
    const wanted = Math.min(MARK_BYTES, this.#offset);
    if (this.#head.length === wanted) return;
    const head = Buffer.alloc(wanted);
    const { bytesRead } = await this.#handle.read(head, 0, wanted, 0);
    this.#head = head.subarray(0, bytesRead);
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
