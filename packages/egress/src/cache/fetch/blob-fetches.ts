import { waitAtMost } from '@registry-cache/runtime';
import { BlobFetch } from './blob-fetch.ts';
import type { BlobToFetch } from './blob-to-fetch.ts';
import type { FetchDeps, FetchFacts } from './fetch-deps.ts';
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
  readonly #ofPeers: BlobFetches | undefined;

  /**
   * @param ofPeers the fetches for peers, left out for these themselves. They ask no peer, so that
   * anybody may wait for them.
   */
  constructor(ofPeers?: BlobFetches) {
    this.#ofPeers = ofPeers;
  }

  /** The fetches that requests of peers may join. */
  get forPeers(): BlobFetches {
    return this.#ofPeers ?? this;
  }

  running(upstreamId: string, digest: string): BlobFetch | undefined {
    const key = `${upstreamId} ${digest}`;
    return this.#running.get(key) ?? this.#ofPeers?.running(upstreamId, digest);
  }

  /** What is known of each running fetch. */
  list(): (FetchFacts & { readonly upstreamId: string })[] {
    return [...this.#running.values()].map(({ facts, scope: { upstreamId } }) => {
      return { ...facts, upstreamId };
    });
  }

  /** Starts a fetch, in place of a running one of the same blob. */
  start(deps: FetchDeps, blob: BlobToFetch): BlobFetch {
    const { path, scope, digest, isPermitted = true } = blob;
    const key = `${scope.upstreamId} ${digest}`;
    const fetch = new BlobFetch(deps, {
      ...blob,
      tailBytes: () => this.#tailBytes(),
      unknownGrants: this.#unknownGrants,
      shareWithPeers: (learned) => this.#shareWithPeers(key, learned),
      startInOnePiece: () =>
        void this.start(deps, { path, scope, digest, isInOnePiece: true, isPermitted }),
    });
    this.#keep(key, fetch);
    return fetch;
  }

  #keep(key: string, fetch: BlobFetch): void {
    this.#running.set(key, fetch);
    void fetch.settled.then(() => this.#forget(key, fetch));
  }

  #forget(key: string, fetch: BlobFetch): void {
    if (this.#running.get(key) === fetch) this.#running.delete(key);
  }

  #shareWithPeers(key: string, fetch: BlobFetch): BlobFetch | undefined {
    const other = this.forPeers.#running.get(key);
    if (other?.isFor(fetch.scope) !== true) {
      this.forPeers.#keep(key, fetch);
      return undefined;
    }
    this.#forget(key, fetch);
    return other;
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
