import type { Hash } from 'node:crypto';
import { hashFor } from '../../wire/http/digest.ts';
import { BlockCache } from './block-cache.ts';
import { RangeSet } from './range-set.ts';
import { Spool } from './spool.ts';
import { SpoolError } from './spool-error.ts';
import { TailBuffer } from './tail-buffer.ts';

/** With more unwritten bytes than this, a connection waits for the disk. */
const MAX_PENDING_BYTES = 2 * 1024 * 1024;
const READ_BYTES = 256 * 1024;

/**
 * Puts the pieces of one body in order as they arrive from several connections. All pieces go into
 * the spool. Those before the frontier, the first missing byte, also go through the hash and to the
 * readers.
 */
export class Reassembly {
  readonly #spool: Spool;
  readonly #tail = new TailBuffer();
  readonly #blocks: BlockCache;
  readonly #ranges = new RangeSet();
  readonly #hash: Hash;
  readonly #onAdvance: () => void;
  /** Told of the bytes that are in the file by now. */
  onWritten: (start: number, end: number) => void = () => undefined;
  #frontier = 0;
  #joining: Promise<void> | undefined;
  #error: SpoolError | undefined;

  private constructor(spool: Spool, digest: string, onAdvance: () => void) {
    this.#spool = spool;
    this.#blocks = new BlockCache((position, length) => spool.read(position, length));
    this.#hash = hashFor(digest);
    this.#onAdvance = onAdvance;
  }

  /**
   * @param begun the ranges that the file has from an earlier fetch.
   * @throws SpoolError where the file cannot be created.
   */
  static async open(
    file: string,
    digest: string,
    onAdvance: () => void,
    begun: readonly (readonly [number, number])[] = [],
  ): Promise<Reassembly> {
    const opening = begun.length > 0 ? Spool.reopen(file) : Spool.create(file);
    const spool = await opening.catch((cause: unknown) => {
      throw new SpoolError(cause);
    });
    const reassembly = new Reassembly(spool, digest, onAdvance);
    for (const [start, end] of begun) reassembly.#ranges.add(start, end);
    reassembly.#join();
    return reassembly;
  }

  /** The position of the first missing byte. */
  get frontier(): number {
    return this.#frontier;
  }

  /** How many bytes may stay in memory for readers that keep up. */
  set tailBytes(bytes: number) {
    this.#tail.maxBytes = bytes;
  }

  /**
   * Resolves when more bytes may be written.
   * @throws SpoolError from the first failure on.
   */
  async write(position: number, bytes: Uint8Array): Promise<void> {
    if (this.#error !== undefined) throw this.#error;
    const written = this.#spool.write(position, bytes).then(() => {
      this.onWritten(position, position + bytes.length);
    });
    if (position === this.#frontier && this.#joining === undefined) {
      written.catch((error: unknown) => this.#fail(error));
      this.#accept(bytes, written);
      this.#join();
    } else {
      written.then(
        () => {
          this.#ranges.add(position, position + bytes.length);
          this.#join();
        },
        (error: unknown) => this.#fail(error),
      );
    }
    if (this.#spool.pendingBytes > MAX_PENDING_BYTES) await written.catch(() => undefined);
  }

  /** Bytes from `position` on, at most `length`. They must lie before the frontier. */
  read(position: number, length: number): Uint8Array | Promise<Uint8Array> {
    const bytes = this.#tail.at(position);
    if (bytes !== undefined) return bytes.length <= length ? bytes : bytes.subarray(0, length);
    return this.#blocks.at(position, length, Math.min(this.#tail.start, this.#frontier));
  }

  /**
   * Resolves when all bytes are in the file. The frontier is then at the end of the body, unless
   * bytes are missing.
   * @throws SpoolError
   */
  async settle(): Promise<void> {
    await this.#spool.flush().catch((error: unknown) => this.#fail(error));
    // Ranges are added, and joining begins, in the turns of the event loop right after the writes.
    await new Promise(setImmediate);
    await this.#joining;
    if (this.#error !== undefined) throw this.#error;
  }

  /**
   * Resolves when all bytes are on the disk itself.
   * @throws SpoolError
   */
  async sync(): Promise<void> {
    await this.#spool.sync().catch((cause: unknown) => {
      throw new SpoolError(cause);
    });
  }

  /** A copy of the hash of all bytes before the frontier. */
  copyHash(): Hash {
    return this.#hash.copy();
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  #accept(bytes: Uint8Array, written: Promise<void> | undefined): void {
    this.#hash.update(bytes);
    this.#tail.push(this.#frontier, bytes, written);
    this.#frontier += bytes.length;
    this.#onAdvance();
  }

  /** Moves the frontier over ranges that are on disk. */
  #join(): void {
    if (this.#joining !== undefined || this.#ranges.endOf(this.#frontier) === undefined) return;
    const ended = () => {
      this.#joining = undefined;
    };
    this.#joining = this.#joinAll().then(ended, (error: unknown) => {
      ended();
      this.#fail(error);
    });
  }

  async #joinAll(): Promise<void> {
    for (;;) {
      const end = this.#ranges.endOf(this.#frontier);
      if (end === undefined) return;
      const length = Math.min(end - this.#frontier, READ_BYTES);
      this.#accept(await this.#spool.read(this.#frontier, length), undefined);
      this.#ranges.dropBefore(this.#frontier);
    }
  }

  #fail(cause: unknown): void {
    this.#error ??= new SpoolError(cause);
  }
}
