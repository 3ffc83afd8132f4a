/** A value, and how long it lasts from the moment when it was asked for. */
export interface Fresh<T> {
  readonly value: T;
  readonly lifetimeMs: number;
}

export interface RenewingDeps<T> {
  /** Gets a new value. The signal ends it when it takes too long. */
  readonly fetch: (signal: AbortSignal) => Promise<Fresh<T>>;
  /** Milliseconds of a clock that is never set. */
  readonly now: () => number;
  readonly onOutcome: (error: unknown) => void;
}

const FETCH_WITHIN_MS = 20_000;
/**
 * How long before its end a value is renewed. Google's metadata server has a new token only when the
 * old one has less than five minutes.
 */
const EARLY_MS = 4 * 60_000;
/** A value is not used in its last seconds: the request has a way to go. */
const LAST_MS = 10_000;
/** The least time between two renewals, however short a value lasts. */
const REST_MS = 30_000;
/** For this time after a failure no renewal is tried. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** A value that was refused is renewed if it is at least so old. A new one would be refused alike. */
const REFUSED_AGE_MS = 60_000;

interface Held<T> {
  readonly value: T;
  readonly askedAt: number;
  readonly renewAt: number;
  readonly endsAt: number;
}

/**
 * A value that is renewed before it ends. All who want it share one renewal. While it lasts nobody
 * waits for a renewal, and nobody sees that one failed.
 */
export class Renewing<T> {
  readonly #deps: RenewingDeps<T>;
  #held: Held<T> | undefined;
  #running: Promise<T> | undefined;
  #failure:
    | { readonly error: unknown; readonly until: number; readonly pauseMs: number }
    | undefined;

  constructor(deps: RenewingDeps<T>) {
    this.#deps = deps;
  }

  /** @throws whatever `fetch` throws, where there is no value that still lasts. */
  async get(): Promise<T> {
    const now = this.#deps.now();
    const held = this.#held;
    if (held === undefined || now >= held.endsAt) return this.#renew();
    if (now >= held.renewAt) this.#renew().catch(() => undefined);
    return held.value;
  }

  /** A newer value than one that was refused. Undefined if that one is new, or if none can be had. */
  async replace(refused: T): Promise<T | undefined> {
    const held = this.#held;
    if (held !== undefined && held.value !== refused) return held.value;
    if (held !== undefined && this.#deps.now() - held.askedAt < REFUSED_AGE_MS) return undefined;
    return this.#renew().catch(() => undefined);
  }

  #renew(): Promise<T> {
    if (this.#running !== undefined) return this.#running;
    if (this.#failure !== undefined && this.#deps.now() < this.#failure.until) {
      return Promise.reject(this.#failure.error);
    }
    this.#running = this.#fetch().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #fetch(): Promise<T> {
    const { fetch, now, onOutcome } = this.#deps;
    const askedAt = now();
    try {
      const { value, lifetimeMs } = await fetch(AbortSignal.timeout(FETCH_WITHIN_MS));
      const restMs = Math.min(REST_MS, lifetimeMs / 2);
      this.#held = {
        value,
        askedAt,
        renewAt: askedAt + Math.max(lifetimeMs - EARLY_MS, restMs),
        endsAt: askedAt + lifetimeMs - Math.min(LAST_MS, lifetimeMs / 10),
      };
      this.#failure = undefined;
      onOutcome(undefined);
      return value;
    } catch (error) {
      const pauseMs = Math.min(
        (this.#failure?.pauseMs ?? FIRST_PAUSE_MS / 2) * 2,
        LONGEST_PAUSE_MS,
      );
      this.#failure = { error, until: now() + pauseMs, pauseMs };
      onOutcome(error);
      throw error;
    }
  }
}
