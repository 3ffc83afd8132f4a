import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The most that one write to the file carries. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_PIECES = 64;
/** The file is synced in steps of this size, so that the last sync is short. */
const SYNC_EVERY_BYTES = 16 * 1024 * 1024;

interface Waiting {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The file of a body that is being fetched. Pieces that wait together are written in few calls.
 * Readers and the writer share one open file, which stays readable after it is renamed or removed.
 */
export class Spool {
  readonly #handle: FileHandle;
  readonly #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #unsyncedBytes = 0;
  #pendingBytes = 0;
  #error: unknown;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** @throws Error where the file cannot be created (ENOSPC, EROFS, …). */
  static async create(file: string): Promise<Spool> {
    const make = () => open(file, 'wx+', 0o644);
    const handle = await make().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      await mkdir(dirname(file), { recursive: true });
      return make();
    });
    return new Spool(handle);
  }

  /** Goes on with the file of an earlier fetch. */
  static async reopen(file: string): Promise<Spool> {
    return new Spool(await open(file, 'r+'));
  }

  /** The count of bytes that were passed to `write` and are not in the file yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Resolves when the bytes can be read from the file. After one failure, every write fails. */
  write(position: number, bytes: Uint8Array): Promise<void> {
    this.#pendingBytes += bytes.length;
    return new Promise((done, failed) => {
      this.#queue.push({ position, bytes, done, failed });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Reads at least one byte and at most `length`, into a new buffer. */
  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await this.#handle.read(buffer, 0, length, position);
    if (bytesRead === 0) throw new Error('the file of a running fetch is shorter than before');
    return buffer.subarray(0, bytesRead);
  }

  /** Resolves when all bytes are in the file. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#error !== undefined) throw this.#error;
  }

  /** Resolves when all bytes are on the disk itself. */
  async sync(): Promise<void> {
    await this.flush();
    await this.#syncing;
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#syncing;
    await this.#handle.close();
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      try {
        if (this.#error !== undefined) throw this.#error;
        await this.#writeBatch(batch);
        for (const { done } of batch) done();
      } catch (error) {
        this.#error = error;
        for (const { failed } of batch) failed(error);
      }
      for (const { bytes } of batch) this.#pendingBytes -= bytes.length;
    }
    this.#writing = undefined;
  }

  /** The next pieces of the queue that are contiguous. */
  #takeBatch(): Waiting[] {
    let count = 0;
    let size = 0;
    const start = this.#queue[0]?.position ?? 0;
    while (count < BATCH_PIECES && size < BATCH_BYTES) {
      const next = this.#queue[count];
      if (next === undefined || next.position !== start + size) break;
      size += next.bytes.length;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    let position = batch[0]?.position ?? 0;
    let rest = batch.map(({ bytes }) => bytes);
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest, position);
      position += bytesWritten;
      this.#unsyncedBytes += bytesWritten;
      rest = dropFirst(rest, bytesWritten);
    }
    if (this.#unsyncedBytes < SYNC_EVERY_BYTES || this.#syncing !== undefined) return;
    this.#unsyncedBytes = 0;
    const ended = () => {
      this.#syncing = undefined;
    };
    this.#syncing = this.#handle.datasync().then(ended, ended);
  }
}

/** The rest of the pieces, after a write that took only the first `count` bytes. */
function dropFirst(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let dropped = 0;
  return pieces.flatMap((piece) => {
    const skip = Math.min(piece.length, count - dropped);
    dropped += skip;
    return skip === piece.length ? [] : [piece.subarray(skip)];
  });
}
