import type { QueueState } from './queue-report.ts';

/** A thing to say about a collector. */
export type News = 'waits' | 'drops' | 'caught-up';

/** Says once that a collector is away, once that lines are dropped, and once that it caught up. */
export class CollectorNews {
  #said: ReadonlySet<News> = new Set();
  #last: QueueState = { queued: 0, dropped: 0 };

  /** @param state - The newest state. It comes every ten seconds. */
  next(state: QueueState): News | undefined {
    const last = this.#last;
    this.#last = state;
    if (state.dropped > last.dropped) return this.#say('drops');
    if (state.queued === 0) {
      if (this.#said.size === 0) return undefined;
      this.#said = new Set();
      return 'caught-up';
    }
    return last.queued > 0 && state.queued >= last.queued ? this.#say('waits') : undefined;
  }

  #say(news: News): News | undefined {
    if (this.#said.has(news) || (news === 'waits' && this.#said.size > 0)) return undefined;
    this.#said = new Set([...this.#said, news]);
    return news;
  }
}
