import type { Token } from './token-request.ts';

const CAPACITY = 2000;
const FRESH_MS = 10_000;

/** A token is not used in its last tenth, nor in its last ten seconds if it lives longer. */
function usableMs(lifetimeMs: number): number {
  return lifetimeMs - Math.min(10_000, lifetimeMs / 10);
}

export interface CachedToken {
  readonly value: string;
  /** True where it is so old that a refusal may mean that it was revoked: worth a fresh one. */
  readonly stale: boolean;
}

interface Entry {
  readonly askedAt: number;
  readonly token: Promise<string>;
  until: number;
}

/**
 * Tokens by key (realm, service, scope and credential). Requests that want the same one at the
 * same time share one fetch; a failed fetch is forgotten at once.
 */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async get(key: string, fetchToken: () => Promise<Token>): Promise<CachedToken> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > this.#now()) {
      return { value: await known.token, stale: this.#now() - known.askedAt > FRESH_MS };
    }
    const askedAt = this.#now();
    const fetched = fetchToken();
    const entry: Entry = {
      askedAt,
      token: fetched.then(({ value }) => value),
      until: Number.POSITIVE_INFINITY,
    };
    fetched.then(
      ({ lifetimeMs }) => {
        entry.until = askedAt + usableMs(lifetimeMs);
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#trim();
    return { value: await entry.token, stale: false };
  }

  /** Forgets a token that was refused, unless a newer one has taken its place. */
  async drop(key: string, refused: string): Promise<void> {
    const entry = this.#entries.get(key);
    const value = await entry?.token.catch(() => undefined);
    if (value === refused && this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #trim(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= CAPACITY) return;
      this.#entries.delete(key);
    }
  }
}
