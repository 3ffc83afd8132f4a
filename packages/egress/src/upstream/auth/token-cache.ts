import { createBoundedMap, SingleFlight } from '@registry-cache/runtime';
import type { Token } from './token-request.ts';

const CAPACITY = 2000;
const FRESH_MS = 10_000;

/** A token is not used in the last tenth of its life, or in its last ten seconds if that is less. */
function usableMs(lifetimeMs: number): number {
  return lifetimeMs - Math.min(10_000, lifetimeMs / 10);
}

export interface CachedToken {
  readonly value: string;
  /** True if it is so old that a refusal may mean that it was revoked. A new one may then help. */
  readonly stale: boolean;
}

interface Entry {
  readonly value: string;
  readonly askedAt: number;
  readonly until: number;
}

/**
 * Tokens by key (realm, service, scope and credential). Requests for the same token at the same
 * time share one fetch. A failed fetch is forgotten at once.
 */
export class TokenCache {
  readonly #entries = createBoundedMap<string, Entry>(CAPACITY);
  readonly #fetches = new SingleFlight<string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async get(key: string, fetchToken: () => Promise<Token>): Promise<CachedToken> {
    const known = this.#entries.get(key);
    if (known !== undefined && known.until > this.#now()) {
      return { value: known.value, stale: this.#now() - known.askedAt > FRESH_MS };
    }
    const value = await this.#fetches.join(key, async () => {
      const askedAt = this.#now();
      const { value, lifetimeMs } = await fetchToken();
      this.#entries.set(key, { value, askedAt, until: askedAt + usableMs(lifetimeMs) });
      return value;
    });
    return { value, stale: false };
  }

  /** Forgets a refused token, unless a newer one has replaced it. */
  drop(key: string, refused: string): void {
    if (this.#entries.get(key)?.value === refused) this.#entries.delete(key);
  }
}
