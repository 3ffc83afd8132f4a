import { requestGcra } from './gcra.ts';
import { WaitQueue } from './wait-queue.ts';

/** Large is a blob's body; whatever is read at once is small: manifests, tags, tokens, HEADs. */
export type Weight = 'small' | 'large';

/** 0 is no limit. */
export interface AdmissionLimits {
  readonly connections: number;
  readonly requestsPerSecond: number;
}

/** Small ones in a row after which a large one that waits has its turn. */
const SMALL_IN_A_ROW = 8;

/**
 * Lets so many in at a time, and so many a second: who comes first goes first, small before
 * large. Some places are for small ones alone, so that large bodies, which hold theirs for
 * minutes, starve nobody.
 */
export class Admission {
  readonly #running = { small: 0, large: 0 };
  readonly #waiting = { small: new WaitQueue(), large: new WaitQueue() };
  readonly #now: () => number;
  readonly #pace = requestGcra();
  #bounds: AdmissionLimits;
  #smallInARow = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(bounds: AdmissionLimits, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  get running(): number {
    return this.#running.small + this.#running.large;
  }

  get waiting(): number {
    return this.#waiting.small.length + this.#waiting.large.length;
  }

  set bounds(bounds: AdmissionLimits) {
    this.#bounds = bounds;
    this.#admit();
  }

  /**
   * Resolves when it is this one's turn, with what gives the place back.
   * @throws the signal's reason, when it is aborted before.
   */
  async enter(weight: Weight, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.waiting === 0 && this.#hasPlace(weight) && this.#waitMs() === 0) this.#take(weight);
    else {
      const turn = this.#waiting[weight].join(() => this.#take(weight), signal);
      this.#admit();
      await turn;
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#running[weight] -= 1;
      this.#admit();
    };
  }

  /** Counts a request that cannot wait any more; those after it wait the longer. */
  charge(): void {
    this.#pace.take(this.#bounds.requestsPerSecond, this.#now());
  }

  #take(weight: Weight): void {
    this.#running[weight] += 1;
    this.charge();
  }

  #hasPlace(weight: Weight): boolean {
    const { connections } = this.#bounds;
    if (connections === 0) return true;
    if (this.running >= connections) return false;
    return weight === 'small' || this.#running.large < connections - placesOfTheSmall(connections);
  }

  #waitMs(): number {
    return this.#pace.waitMs(this.#bounds.requestsPerSecond, this.#now());
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

  /** Whose turn it is, where somebody waits for a place that is free. */
  #next(): Weight | undefined {
    const may = (weight: Weight) => this.#waiting[weight].length > 0 && this.#hasPlace(weight);
    if (may('large') && (this.#smallInARow >= SMALL_IN_A_ROW || !may('small'))) return 'large';
    return may('small') ? 'small' : undefined;
  }
}

function placesOfTheSmall(connections: number): number {
  return Math.max(1, Math.floor(connections / 8));
}
