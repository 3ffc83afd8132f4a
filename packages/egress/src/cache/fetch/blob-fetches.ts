import { waitAtMost } from '@registry-cache/runtime';
import { BlobFetch, type BlobToFetch } from './blob-fetch.ts';
import type { FetchDeps } from './fetch-deps.ts';
import { UnknownGrants } from './unknown-grants.ts';

/**
 * The bytes of one body that may stay in memory, for readers that keep up. Other readers read from
 * disk, at three times the cost.
 */
const MAX_TAIL_BYTES = 16 * 1024 * 1024;
const ALL_TAILS_BYTES = 32 * 1024 * 1024;

/** The running fetches: at most one for each blob of an upstream. */
export class BlobFetches {
  readonly #unknownGrants = new UnknownGrants();
  readonly #running = new Map<string, BlobFetch>();

  running(upstreamId: string, digest: string): BlobFetch | undefined {
    return this.#running.get(`${upstreamId} ${digest}`);
  }

  /** Starts a fetch, in place of a running one of the same blob. */
  start(deps: FetchDeps, blob: BlobToFetch): BlobFetch {
    const { path, scope, digest, isPermitted = true } = blob;
    const key = `${scope.upstreamId} ${digest}`;
    const fetch = new BlobFetch(deps, {
      ...blob,
      tailBytes: () => this.#tailBytes(),
      unknownGrants: this.#unknownGrants,
      startInOnePiece: () =>
        void this.start(deps, { path, scope, digest, isInOnePiece: true, isPermitted }),
    });
    this.#running.set(key, fetch);
    void fetch.settled.then(() => {
      if (this.#running.get(key) === fetch) this.#running.delete(key);
    });
    return fetch;
  }

  /** All tails together stay within their limit, however many fetches run. */
  #tailBytes(): number {
    return Math.min(MAX_TAIL_BYTES, ALL_TAILS_BYTES / Math.max(1, this.#running.size));
  }

  /**
   * Ends all fetches: those without a reader at once, the others after `graceMs`. Resolves when all
   * have ended.
   */
  async stop(graceMs: number): Promise<void> {
    const running = [...this.#running.values()];
    await Promise.all(
      running.map(async (fetch) => {
        if (fetch.body.hasReaders) await waitAtMost(graceMs, fetch.settled, () => undefined);
        fetch.abort();
        await fetch.settled;
      }),
    );
  }
}
