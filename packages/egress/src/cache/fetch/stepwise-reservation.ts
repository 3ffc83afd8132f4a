import type { Reservations } from '../../store/reservations/reservations.ts';
import { SpoolError } from './reassembly.ts';

/** Most blobs are smaller, and ask once. */
const FIRST_BYTES = 64 * 1024 * 1024;
/** Without a known size, little is asked for at first: a config is some KiB. */
const FIRST_UNKNOWN_BYTES = 1024 * 1024;
const LARGEST_STEP_BYTES = 512 * 1024 * 1024;

/** Bytes that were granted to the running fetches of unknown size, all together. */
export class UnknownGrants {
  bytes = 0;
}

/**
 * Asks for room for one blob as it comes, at most about twice as much as has come. So an upstream
 * that announces more than it sends evicts nothing for what it does not send, and one that never
 * ends is stopped. Blobs of unknown size share what one of them may take: many that never end must
 * not evict together what one could not.
 */
export class StepwiseReservation {
  readonly #reservations: Reservations;
  readonly #sizeBytes: number | undefined;
  readonly #signal: AbortSignal;
  readonly #unknown: UnknownGrants;
  #grantedBytes = 0;
  #receivedBytes = 0;
  #asking: Promise<void> | undefined;

  /** @param sizeBytes of the whole blob, where the upstream says it. */
  constructor(
    reservations: Reservations,
    sizeBytes: number | undefined,
    signal: AbortSignal,
    unknown: UnknownGrants,
  ) {
    this.#reservations = reservations;
    this.#unknown = unknown;
    this.#sizeBytes = sizeBytes;
    this.#signal = signal;
  }

  /** The first step. @throws SpoolError where there is no room. */
  begin(): Promise<void> {
    return this.#have(0);
  }

  /** Resolves when so many more bytes may be written. @throws SpoolError where there is no room. */
  async take(bytes: number): Promise<void> {
    this.#receivedBytes += bytes;
    if (this.#receivedBytes > this.#grantedBytes) await this.#have(this.#receivedBytes);
  }

  /** What is kept by now counts as a part of the store, and what is not has been removed. */
  end(): void {
    if (this.#sizeBytes === undefined) this.#unknown.bytes -= this.#grantedBytes;
    this.#grantedBytes = 0;
  }

  async #have(bytes: number): Promise<void> {
    do {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    } while (this.#grantedBytes < bytes);
  }

  async #ask(): Promise<void> {
    const first = this.#sizeBytes === undefined ? FIRST_UNKNOWN_BYTES : FIRST_BYTES;
    const step = Math.min(Math.max(this.#grantedBytes, first), LARGEST_STEP_BYTES);
    const restBytes = (this.#sizeBytes ?? Number.POSITIVE_INFINITY) - this.#grantedBytes;
    const bytes = Math.min(step, Math.max(0, restBytes));
    if (!(await this.#isGranted(bytes))) throw new SpoolError(new Error('there is no room'));
    // A body that is longer than announced is an error of its own, and needs no more room.
    this.#grantedBytes += bytes === restBytes ? Number.POSITIVE_INFINITY : bytes;
  }

  async #isGranted(bytes: number): Promise<boolean> {
    const sizeBytes = this.#sizeBytes;
    if (sizeBytes !== undefined) {
      const grantedBytes = this.#grantedBytes;
      return this.#reservations.reserve(bytes, this.#signal, { grantedBytes, sizeBytes });
    }
    const grantedBytes = this.#unknown.bytes;
    // Counted at once, so that fetches that ask at the same time know of each other.
    this.#unknown.bytes += bytes;
    const isGranted = await this.#reservations.reserve(bytes, this.#signal, {
      grantedBytes,
      sizeBytes,
    });
    if (!isGranted) this.#unknown.bytes -= bytes;
    return isGranted;
  }
}
