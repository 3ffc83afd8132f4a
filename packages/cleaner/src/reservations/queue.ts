import type { Ledger } from './ledger.ts';

/** A request for space in the store, for more bytes of one blob. */
export interface Reservation {
  readonly bytes: number;
  /** Bytes granted to the blob before. If its size is unknown: granted to all such blobs together. */
  readonly grantedBytes: number;
  /** Size of the whole blob; undefined if the upstream does not say it. */
  readonly sizeBytes: number | undefined;
}

/** A run for the reservations that wait. */
export interface QueuedRun {
  /**
   * Space that the run should free. For many reservations it is at most `RUN_SHARE` of the store,
   * so that hot blobs stay; a single reservation may need more.
   */
  readonly wantedBytes: number;
  /** The number of blobs in `wantedBytes`. */
  readonly wantedFetches: number;
  /** Settles the reservations; call it after the run. */
  readonly close: () => void;
}

interface Waiting {
  readonly bytes: number;
  readonly settle: (granted: boolean) => void;
}

/** The share of the store for all running fetches of unknown size together. */
const UNKNOWN_SIZE_SHARE = 1 / 4;
/** The share of the store that one run frees, unless one blob alone needs more. */
const RUN_SHARE = 1 / 4;

/**
 * Queue of reservations. A reservation that fits is granted at once. All others wait, together,
 * for the next run.
 */
export class ReservationQueue {
  readonly #ledger: Ledger;
  readonly #waiting = new Set<Waiting>();
  #wake: () => void = () => undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get hasWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves as soon as a reservation waits for a run. */
  async untilWaiting(): Promise<void> {
    if (this.hasWaiting) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Resolves true if the bytes may be written, false if not or if `signal` aborts first. */
  reserve(reservation: Reservation, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#isTooLarge(reservation)) return Promise.resolve(false);
    const { bytes } = reservation;
    if (this.#ledger.fits(bytes)) {
      this.#ledger.grant(bytes);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const entry = { bytes, settle };
      const withdraw = () => settle(false);
      const waiting = this.#waiting;
      function settle(granted: boolean): void {
        waiting.delete(entry);
        signal.removeEventListener('abort', withdraw);
        resolve(granted);
      }
      signal.addEventListener('abort', withdraw, { once: true });
      waiting.add(entry);
      this.#wake();
    });
  }

  /**
   * Whether the store must not keep the blob at all. A blob of unknown size may have no end, so it
   * gets a share of the store only.
   */
  #isTooLarge({ bytes, grantedBytes, sizeBytes }: Reservation): boolean {
    const soFarBytes = grantedBytes + bytes;
    if (sizeBytes !== undefined) return this.#ledger.exceedsLimit(Math.max(sizeBytes, soFarBytes));
    return soFarBytes > this.#ledger.room.targetBytes * UNKNOWN_SIZE_SHARE;
  }

  /** Begins a run for the reservations that wait now. */
  openRun(): QueuedRun {
    const waiting = [...this.#waiting];
    const served = new Set<Waiting>();
    const mostBytes = this.#ledger.room.targetBytes * RUN_SHARE;
    let wantedBytes = 0;
    for (const entry of waiting) {
      if (wantedBytes > 0 && wantedBytes + entry.bytes > mostBytes) continue;
      wantedBytes += entry.bytes;
      served.add(entry);
    }
    return { wantedBytes, wantedFetches: served.size, close: () => this.#close(waiting, served) };
  }

  /**
   * Grants every reservation that fits now. The others wait for the next run: those that came
   * during this run, and those that were too much for it. But if this run could not serve its own
   * reservations, the next one could not either, so that all of its time are refused.
   */
  #close(waiting: readonly Waiting[], served: ReadonlySet<Waiting>): void {
    for (const { bytes, settle } of [...this.#waiting]) {
      if (!this.#ledger.fits(bytes)) continue;
      this.#ledger.grant(bytes);
      settle(true);
    }
    const hasFailed = [...served].some((entry) => this.#waiting.has(entry));
    if (!hasFailed) return;
    for (const entry of waiting) if (this.#waiting.has(entry)) entry.settle(false);
  }
}
