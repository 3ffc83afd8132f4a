import type { UpstreamState } from '@registry-cache/domain';
import type { RateLimit } from './rate-limit.ts';

type State = Omit<UpstreamState, 'name'>;

/** Told when an upstream begins to answer, or stops to. */
type OnState = (name: string, state: 'up' | 'down', reason?: string) => void;

/** What is known now of each upstream and mirror. */
export class UpstreamStates {
  readonly #now: () => number;
  readonly #states = new Map<string, State>();

  readonly #onState: OnState;

  constructor(now: () => number, onState: OnState = () => undefined) {
    this.#now = now;
    this.#onState = onState;
  }

  /** From now on the upstream is known. Nothing speaks against it yet. */
  begin(name: string, isOffline: boolean): void {
    const state = isOffline ? 'offline' : 'up';
    this.#states.set(name, { state, sinceMs: this.#now() });
    if (!isOffline) this.#onState(name, 'up');
  }

  /** The old client of a removed upstream may still tell something; that is dropped. */
  showDown(name: string, reason: string): void {
    this.#change(name, ({ rateLimit }) => {
      return { state: 'down', sinceMs: this.#now(), reason, rateLimit };
    });
    this.#onState(name, 'down', reason);
  }

  showUp(name: string): void {
    this.#change(name, ({ rateLimit }) => ({ state: 'up', sinceMs: this.#now(), rateLimit }));
    this.#onState(name, 'up');
  }

  /** An answer without a limit leaves the last one. */
  showRateLimit(name: string, limit: RateLimit): void {
    if (limit.limit === undefined && limit.remaining === undefined) return;
    const toldMs = this.#now();
    this.#change(name, (known) => {
      return { ...known, rateLimit: { ...known.rateLimit, ...limit, toldMs } };
    });
  }

  /** Forgets all other upstreams, and puts these into the order of the names. */
  keep(names: readonly string[]): void {
    const known = new Map(this.#states);
    this.#states.clear();
    for (const name of names) {
      const state = known.get(name);
      if (state !== undefined) this.#states.set(name, state);
    }
  }

  list(): UpstreamState[] {
    return [...this.#states].map(([name, state]) => ({ name, ...state }));
  }

  #change(name: string, next: (known: State) => State): void {
    const known = this.#states.get(name);
    if (known !== undefined) this.#states.set(name, next(known));
  }
}
