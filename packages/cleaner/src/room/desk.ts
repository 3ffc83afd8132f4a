import type { Account } from './account.ts';

/** What is asked for: more room for one blob. */
export interface Wish {
  readonly bytes: number;
  /** What was granted for it before; without a size, for all such blobs that are being fetched. */
  readonly grantedBytes: number;
  /** Of the whole; undefined where the upstream does not say. */
  readonly sizeBytes: number | undefined;
}

interface Asker {
  readonly bytes: number;
  readonly settle: (granted: boolean) => void;
}

/** Of the store, what blobs of unknown size may take, all that are being fetched together. */
const UNKNOWN_PART = 1 / 4;
/** Of the store, what one run makes room for, unless one blob alone needs more. */
const RUN_PART = 1 / 4;

/**
 * Where room is asked for. What fits is granted at once; what does not waits for the next run,
 * all of it for the same one.
 */
export class RoomDesk {
  readonly #account: Account;
  readonly #askers = new Set<Asker>();
  #wake: () => void = () => undefined;

  constructor(account: Account) {
    this.#account = account;
  }

  get isAsked(): boolean {
    return this.#askers.size > 0;
  }

  /** Resolves when somebody waits for a run. */
  async untilAsked(): Promise<void> {
    if (this.isAsked) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** True when `bytes` may be written. Who has gone (`signal`) is granted nothing. */
  ask(wish: Wish, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#isTooLarge(wish)) return Promise.resolve(false);
    const { bytes } = wish;
    if (this.#account.fits(bytes)) {
      this.#account.grant(bytes);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const asker = { bytes, settle };
      const gone = () => settle(false);
      const askers = this.#askers;
      function settle(granted: boolean): void {
        askers.delete(asker);
        signal.removeEventListener('abort', gone);
        resolve(granted);
      }
      signal.addEventListener('abort', gone, { once: true });
      askers.add(asker);
      this.#wake();
    });
  }

  /**
   * Whether the blob may not be kept at all. One of unknown size may have no end, so it must not
   * cost the store more than a part.
   */
  #isTooLarge({ bytes, grantedBytes, sizeBytes }: Wish): boolean {
    const soFarBytes = grantedBytes + bytes;
    if (sizeBytes !== undefined) return this.#account.isTooMuch(Math.max(sizeBytes, soFarBytes));
    return soFarBytes > this.#account.limits.targetBytes * UNKNOWN_PART;
  }

  /**
   * Begins a run for those who wait now.
   * @returns how much it should make room for: never so much for many that all that is hot goes,
   * though for one whatever it needs; and what to call after it.
   */
  open(): { wantedBytes: number; wantedFetches: number; close: () => void } {
    const askers = [...this.#askers];
    const served = new Set<Asker>();
    const mostBytes = this.#account.limits.targetBytes * RUN_PART;
    let wantedBytes = 0;
    for (const asker of askers) {
      if (wantedBytes > 0 && wantedBytes + asker.bytes > mostBytes) continue;
      wantedBytes += asker.bytes;
      served.add(asker);
    }
    return { wantedBytes, wantedFetches: served.size, close: () => this.#close(askers, served) };
  }

  /**
   * Who came during the run, or was too much for it, waits for another one, unless this one could
   * not make the room that it was to make: the next could not either.
   */
  #close(askers: readonly Asker[], served: ReadonlySet<Asker>): void {
    for (const { bytes, settle } of [...this.#askers]) {
      if (!this.#account.fits(bytes)) continue;
      this.#account.grant(bytes);
      settle(true);
    }
    const failed = [...served].some((asker) => this.#askers.has(asker));
    for (const asker of askers) if (failed && this.#askers.has(asker)) asker.settle(false);
  }
}
