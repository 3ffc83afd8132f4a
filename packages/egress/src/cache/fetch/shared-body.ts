import type { Hash } from 'node:crypto';
import { Notifier } from './notifier.ts';
import type { Reassembly } from './reassembly.ts';

/** The end of a body, given out only when the digest was right. */
const HELD_BACK_BYTES = 16 * 1024;
/** A blob as small is held back whole, and may be fetched once more when it is wrong. */
const SMALL_BYTES = 1024 * 1024;

/** Where the shared part ended because the disk took no more: each reader goes on for itself. */
export interface Handover {
  readonly position: number;
  /** Of all bytes before. */
  readonly hash: Hash;
}

/** A body that one fetch fills and any number of readers read, each at its own pace. */
export class SharedBody {
  readonly #changed = new Notifier();
  readonly #tailBytes: () => number;
  #reassembly: Reassembly | undefined;
  #readers = 0;
  #releasedBytes = 0;
  #isVerified = false;
  #isOver = false;
  /** Of the whole; undefined until it is known. */
  sizeBytes: number | undefined;
  /** Set where the shared part ended early. */
  handover: Handover | undefined;
  /** Why there will be no more; undefined as long as there may be. */
  failure: unknown;

  /** `windowBytes`: what may stay in memory of it while somebody reads. */
  constructor(tailBytes: () => number) {
    this.#tailBytes = tailBytes;
  }

  /** Bytes that readers may have by now. */
  get releasedBytes(): number {
    return this.#releasedBytes;
  }

  get isVerified(): boolean {
    return this.#isVerified;
  }

  /** Not when its filling has ended, unless nothing was shared and each goes on for itself. */
  get acceptsReaders(): boolean {
    return !this.#isOver || this.handover?.position === 0;
  }

  get hasReaders(): boolean {
    return this.#readers > 0;
  }

  /** Keeps the bytes at hand until `leave`. */
  addReader(): void {
    this.#readers += 1;
    this.#fitTail();
  }

  removeReader(): void {
    this.#readers -= 1;
    this.#fitTail();
    this.#closeIfUnused();
  }

  /** Some of the bytes that were given out, from `position` on and at most `length`. */
  bytesAt(position: number, length: number): Uint8Array | Promise<Uint8Array> {
    if (this.#reassembly === undefined) throw new Error('nothing was given out');
    return this.#reassembly.read(position, length);
  }

  /** Resolves when there is more to read, or anything else has changed. */
  changed(): Promise<void> {
    return this.#changed.wait();
  }

  /** Begins, or begins anew while nothing was given out. */
  begin(reassembly: Reassembly): void {
    this.#reassembly?.close().catch(() => undefined);
    this.#reassembly = reassembly;
    this.#fitTail();
  }

  /** More has come. */
  advance(): void {
    const frontier = this.#reassembly?.frontier ?? 0;
    const size = this.sizeBytes;
    const isSmall = (size ?? frontier) <= SMALL_BYTES;
    const limit = (size ?? frontier) - HELD_BACK_BYTES;
    const releasedBytes = isSmall ? 0 : Math.min(frontier, limit);
    if (releasedBytes <= this.#releasedBytes) return;
    this.#releasedBytes = releasedBytes;
    this.#changed.fire();
  }

  /** All of it is here and right. */
  complete(): void {
    this.sizeBytes = this.#reassembly?.frontier ?? 0;
    this.#releasedBytes = this.sizeBytes;
    this.#isVerified = true;
    this.#changed.fire();
  }

  /** The shared part ends here, with what is missing at the end still missing. */
  handOver(handover: Handover): void {
    this.#releasedBytes = handover.position;
    this.handover = handover;
    this.#changed.fire();
  }

  /** There will be no more. */
  end(failure: unknown): void {
    this.failure = failure;
    this.#isOver = true;
    this.#changed.fire();
    this.#closeIfUnused();
  }

  #fitTail(): void {
    if (this.#reassembly === undefined) return;
    this.#reassembly.tailBytes = this.hasReaders ? this.#tailBytes() : 0;
  }

  #closeIfUnused(): void {
    if (!this.#isOver || this.hasReaders || this.#reassembly === undefined) return;
    // What cannot be closed is not open any more.
    this.#reassembly.close().catch(() => undefined);
    this.#reassembly = undefined;
  }
}
