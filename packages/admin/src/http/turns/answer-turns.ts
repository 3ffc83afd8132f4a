import type { ServerResponse } from 'node:http';
import { AdminError } from '../../contract/admin-error.ts';

/** How many answers there are at a time. */
export interface TurnLimits {
  readonly running: number;
  readonly runningOfOne: number;
  readonly waiting: number;
  readonly waitingOfOne: number;
  /** How long a request waits for its turn. */
  readonly waitMs: number;
  /** How long an answer takes, with the time in which the client reads it. */
  readonly answerMs: number;
}

/** An answer may have megabytes, and its rows take more. The page asks for a few at once. */
const LIMITS: TurnLimits = {
  ...{ running: 16, runningOfOne: 4, waiting: 256, waitingOfOne: 32 },
  ...{ waitMs: 10_000, answerMs: 60_000 },
};

interface Waiting {
  readonly who: string;
  readonly call: () => void;
}

/**
 * Bounds the memory of answers, which clients may leave unread. Nobody can take all turns: each one
 * has a few, and others go before those who have them.
 */
export class AnswerTurns {
  readonly #limits: TurnLimits;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();

  constructor(limits: TurnLimits = LIMITS) {
    this.#limits = limits;
  }

  /**
   * Waits for a turn, which lasts until the client has the answer, or has left.
   * @throws AdminError if too many wait, or for too long; Error if the client leaves.
   */
  async take(who: string, response: ServerResponse): Promise<void> {
    if (response.destroyed) throw createLeft();
    if (this.#hasTurn(who)) this.#start(who, response);
    else await this.#wait(who, response);
  }

  #start(who: string, response: ServerResponse): void {
    this.#running.set(who, this.#countOf(who) + 1);
    const late = setTimeout(() => response.destroy(), this.#limits.answerMs);
    late.unref();
    response.once('close', () => {
      clearTimeout(late);
      this.#end(who);
    });
  }

  #end(who: string): void {
    const count = this.#countOf(who) - 1;
    if (count === 0) this.#running.delete(who);
    else this.#running.set(who, count);
    const next = this.#waiting.values().find((one) => this.#hasTurn(one.who));
    next?.call();
  }

  async #wait(who: string, response: ServerResponse): Promise<void> {
    const { waiting, waitingOfOne, waitMs } = this.#limits;
    const ofOne = [...this.#waiting].filter((one) => one.who === who).length;
    if (ofOne >= waitingOfOne || this.#waiting.size >= waiting) throw createBusy();
    await new Promise<void>((resolve, reject) => {
      const settle = (how: () => void) => {
        clearTimeout(timer);
        response.off('close', leave);
        this.#waiting.delete(entry);
        how();
      };
      const leave = () => settle(() => reject(createLeft()));
      const timer = setTimeout(() => settle(() => reject(createBusy())), waitMs);
      const call = () =>
        settle(() => {
          this.#start(who, response);
          resolve();
        });
      const entry = { who, call };
      response.once('close', leave);
      this.#waiting.add(entry);
    });
  }

  #hasTurn(who: string): boolean {
    const all = [...this.#running.values()].reduce((sum, count) => sum + count, 0);
    return all < this.#limits.running && this.#countOf(who) < this.#limits.runningOfOne;
  }

  #countOf(who: string): number {
    return this.#running.get(who) ?? 0;
  }
}

function createBusy(): AdminError {
  return new AdminError('UNAVAILABLE', 'too many questions are being answered; try again later');
}

/** The answer is for no client. */
function createLeft(): Error {
  return new Error('the client has left');
}
