import type { Hash } from 'node:crypto';
import { Notifier } from './notifier.ts';
import type { Reassembly } from './reassembly.ts';

/** The end of a body. Readers get it only after the digest was right. */
const HELD_BACK_BYTES = 16 * 1024;
/** A blob up to this size is held back whole, so it can be fetched once more when it is wrong. */
const SMALL_BYTES = 1024 * 1024;

/** The end of the shared part, because the disk took no more. Each reader fetches the rest itself. */
export interface Handover {
  readonly position: number;
  /** The hash of all bytes before `position`. */
  readonly hash: Hash;
}

/** A body that one fetch fills. Any number of readers read it, each at its own pace. */
export class SharedBody {
  readonly #changed = new Notifier();
  readonly #tailBytes: () => number;
  #reassembly: Reassembly | undefined;
  #readers = 0;
  /** How many readers it had at once, at most. */
  mostReaders = 0;
  #releasedBytes = 0;
  #isVerified = false;
  #isOver = false;
  /** The size of the whole body; undefined until it is known. */
  sizeBytes: number | undefined;
  /** Set when the shared part ended early. */
  handover: Handover | undefined;
  /** Why no more bytes will come; undefined while they may, and after a success. */
  failure: unknown;

  /** @param tailBytes how many bytes may stay in memory now, while the body has a reader. */
  constructor(tailBytes: () => number) {
    this.#tailBytes = tailBytes;
  }

  /** The count of bytes that readers may have by now. */
  get releasedBytes(): number {
    return this.#releasedBytes;
  }

  get isVerified(): boolean {
    return this.#isVerified;
  }

  /** False when the fetch has ended, unless it was handed over before the first byte. */
  get acceptsReaders(): boolean {
    return !this.#isOver || this.handover?.position === 0;
  }

  get hasReaders(): boolean {
    return this.#readers > 0;
  }

  get readers(): number {
    return this.#readers;
  }

  /** Keeps the bytes readable until `removeReader`. */
  addReader(): void {
    this.#readers += 1;
    this.mostReaders = Math.max(this.mostReaders, this.#readers);
    this.#fitTail();
  }

  removeReader(): void {
    this.#readers -= 1;
    this.#fitTail();
    this.#closeIfUnused();
  }

  /** Released bytes from `position` on, at most `length`. */
  bytesAt(position: number, length: number): Uint8Array | Promise<Uint8Array> {
    if (this.#reassembly === undefined) throw new Error('the body has released no bytes');
    return this.#reassembly.read(position, length);
  }

  /** Resolves when there are more bytes to read, or another property has changed. */
  changed(): Promise<void> {
    return this.#changed.wait();
  }

  /** Begins, or begins again as long as no bytes were released. */
  begin(reassembly: Reassembly): void {
    this.#reassembly?.close().catch(() => undefined);
    this.#reassembly = reassembly;
    this.#fitTail();
  }

  /** Releases the bytes that have arrived. */
  advance(): void {
    const frontier = this.#reassembly?.frontier ?? 0;
    const size = this.sizeBytes;
    const isSmall = (size ?? frontier) <= SMALL_BYTES;
    const limit = (size ?? frontier) - HELD_BACK_BYTES;
    const releasedBytes = isSmall ? 0 : Math.min(frontier, limit);
    if (releasedBytes <= this.#releasedBytes) return;
    this.#releasedBytes = releasedBytes;
    this.#changed.notify();
  }

  /** Releases the whole body: it has arrived and its digest is right. */
  complete(): void {
    this.sizeBytes = this.#reassembly?.frontier ?? 0;
    this.#releasedBytes = this.sizeBytes;
    this.#isVerified = true;
    this.#changed.notify();
  }

  /** Ends the shared part early. The bytes after it are still missing. */
  handOver(handover: Handover): void {
    this.#releasedBytes = handover.position;
    this.handover = handover;
    this.#changed.notify();
  }

  /** Ends the body: no more bytes will come. */
  end(failure: unknown): void {
    this.failure = failure;
    this.#isOver = true;
    this.#changed.notify();
    this.#closeIfUnused();
  }

  #fitTail(): void {
    if (this.#reassembly === undefined) return;
    this.#reassembly.tailBytes = this.hasReaders ? this.#tailBytes() : 0;
  }

  #closeIfUnused(): void {
    if (!this.#isOver || this.hasReaders || this.#reassembly === undefined) return;
    // A file that cannot be closed is not open any more.
    this.#reassembly.close().catch(() => undefined);
    this.#reassembly = undefined;
  }
}
