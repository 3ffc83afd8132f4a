import type { Reservations } from '../../store/reservations/reservations.ts';
import { SpoolError } from './spool-error.ts';
import type { UnknownGrants } from './unknown-grants.ts';

/** Most blobs are smaller and need one request. */
const FIRST_BYTES = 64 * 1024 * 1024;
/** The first request of a blob of unknown size is small: a config has some KiB. */
const FIRST_UNKNOWN_BYTES = 1024 * 1024;
const LARGEST_STEP_BYTES = 512 * 1024 * 1024;

/**
 * Reserves space for one blob as it arrives, at most about twice what has arrived. So an upstream
 * that announces more than it sends evicts nothing for the difference, and an endless body is
 * stopped. All blobs of unknown size share one limit: many endless bodies must not evict more
 * together than one alone.
 */
export class StepwiseReservation {
  readonly #reservations: Reservations;
  readonly #sizeBytes: number | undefined;
  readonly #signal: AbortSignal;
  readonly #unknown: UnknownGrants;
  #grantedBytes = 0;
  #receivedBytes = 0;
  #asking: Promise<void> | undefined;

  /** @param sizeBytes of the whole blob; undefined if the upstream does not give it. */
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

  /** Reserves the first step. @throws SpoolError where there is no room. */
  begin(): Promise<void> {
    return this.#have(0);
  }

  /** Resolves when `bytes` more may be written. @throws SpoolError where there is no room. */
  async take(bytes: number): Promise<void> {
    this.#receivedBytes += bytes;
    if (this.#receivedBytes > this.#grantedBytes) await this.#have(this.#receivedBytes);
  }

  /** Ends the reservation: the file is a part of the store by now, or has been removed. */
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
    // A body that is longer than announced fails by its own check and needs no more space.
    this.#grantedBytes += bytes === restBytes ? Number.POSITIVE_INFINITY : bytes;
  }

  async #isGranted(bytes: number): Promise<boolean> {
    const sizeBytes = this.#sizeBytes;
    if (sizeBytes !== undefined) {
      const grantedBytes = this.#grantedBytes;
      return this.#reservations.reserve(bytes, this.#signal, { grantedBytes, sizeBytes });
    }
    const grantedBytes = this.#unknown.bytes;
    // Counted before the reply, so that fetches that ask at the same time see each other.
    this.#unknown.bytes += bytes;
    const isGranted = await this.#reservations.reserve(bytes, this.#signal, {
      grantedBytes,
      sizeBytes,
    });
    if (!isGranted) this.#unknown.bytes -= bytes;
    return isGranted;
  }
}
