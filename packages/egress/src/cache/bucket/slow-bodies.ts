import { Readable } from 'node:stream';
import { atLowestRate } from '../../wire/body/lowest-rate.ts';
import { TransportError } from '../../wire/transport/failure.ts';

export interface SlowBodiesDeps {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Bodies come too slowly from now on, or fast enough again. */
  readonly onSlow: () => void;
  readonly onFastAgain: () => void;
}

/** Below this rate a registry is asked. A bucket on a network of its own is a hundred times faster. */
const LOWEST = { lowestBytesPerSecond: 64 * 1024, lowestRateMs: 3_000 };
/** After a slow body, registries are asked first for this time. */
const SLOW_FOR_MS = 60_000;

/** Finds out whether the bucket sends bodies so slowly that registries are the better way. */
export class SlowBodies {
  readonly #deps: SlowBodiesDeps;
  #slowUntilMs = 0;
  #isTold = false;

  constructor(deps: SlowBodiesDeps) {
    this.#deps = deps;
  }

  /** Whether a body was too slow lately. */
  get isSlow(): boolean {
    return this.#slowUntilMs > this.#deps.now();
  }

  /** The same body, which breaks off with a TransportError if it is too slow. */
  watch(body: Readable, bucketName: string): Readable {
    const url = new URL(`http://${bucketName}/`);
    const watched = Readable.from(atLowestRate({ url, body }, LOWEST));
    watched.once('end', () => this.#noteEnd());
    watched.once('close', () => body.destroy());
    return watched.once('error', (error) => {
      if (error instanceof TransportError && error.timedOut) this.#noteSlow();
    });
  }

  #noteSlow(): void {
    this.#slowUntilMs = this.#deps.now() + SLOW_FOR_MS;
    if (!this.#isTold) this.#deps.onSlow();
    this.#isTold = true;
  }

  #noteEnd(): void {
    if (!this.#isTold || this.isSlow) return;
    this.#isTold = false;
    this.#deps.onFastAgain();
  }
}
