import { requestGcra } from './gcra.ts';
import { WaitQueue } from './wait-queue.ts';

/** `large` is the body of a blob. All else is `small`: manifests, tags, tokens, HEAD requests. */
export type Weight = 'small' | 'large';

/** 0 is no limit. */
export interface PlaceLimits {
  readonly connections: number;
  readonly requestsPerSecond: number;
}

/** After this many small exchanges in a row, a large one that waits has its turn. */
const SMALL_IN_A_ROW = 8;

/**
 * The places of exchanges: limits how many run at a time and how many begin in a second. The
 * order is first come, first served, small before large. Some places are for small exchanges only:
 * large ones hold their places for minutes and must not starve the others.
 */
export class Places {
  readonly #running = { small: 0, large: 0 };
  readonly #waiting = { small: new WaitQueue(), large: new WaitQueue() };
  readonly #now: () => number;
  readonly #rate = requestGcra();
  #limits: PlaceLimits;
  #smallInARow = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(limits: PlaceLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  get running(): number {
    return this.#running.small + this.#running.large;
  }

  get waiting(): number {
    return this.#waiting.small.length + this.#waiting.large.length;
  }

  set limits(limits: PlaceLimits) {
    this.#limits = limits;
    this.#admit();
  }

  /**
   * Waits for a place.
   * @returns a function that gives the place back.
   * @throws the signal's reason, if it is aborted before.
   */
  async enter(weight: Weight, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.waiting === 0 && this.#hasPlace(weight) && this.#waitMs() === 0) this.#take(weight);
    else {
      const turn = this.#waiting[weight].join(() => this.#take(weight), signal);
      this.#admit();
      await turn;
    }
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#running[weight] -= 1;
      this.#admit();
    };
  }

  /** Counts a request that does not wait. Later requests wait longer for it. */
  charge(): void {
    this.#rate.take(this.#limits.requestsPerSecond, this.#now());
  }

  #take(weight: Weight): void {
    this.#running[weight] += 1;
    this.charge();
  }

  #hasPlace(weight: Weight): boolean {
    const { connections } = this.#limits;
    if (connections === 0) return true;
    if (this.running >= connections) return false;
    return weight === 'small' || this.#running.large < connections - placesForSmall(connections);
  }

  #waitMs(): number {
    return this.#rate.waitMs(this.#limits.requestsPerSecond, this.#now());
  }

  #admit(): void {
    clearTimeout(this.#timer);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#admit(), waitMs);
        return;
      }
      this.#smallInARow = next === 'small' ? this.#smallInARow + 1 : 0;
      this.#waiting[next].callNext();
    }
  }

  /** The weight that is next. Undefined if none waits, or no place is free. */
  #next(): Weight | undefined {
    const may = (weight: Weight) => this.#waiting[weight].length > 0 && this.#hasPlace(weight);
    if (may('large') && (this.#smallInARow >= SMALL_IN_A_ROW || !may('small'))) return 'large';
    return may('small') ? 'small' : undefined;
  }
}

function placesForSmall(connections: number): number {
  return Math.max(1, Math.floor(connections / 8));
}
