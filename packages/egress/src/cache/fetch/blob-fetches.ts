import { SingleFlight, waitAtMost } from '@registry-cache/runtime';
import type { UpstreamContext } from '../upstream-context.ts';
import { BlobFetch, type FetchOptions, type RepositoryScope } from './blob-fetch.ts';
import { UnknownGrants } from './stepwise-reservation.ts';

/** Of one body, in memory for readers that keep up; the rest is read from disk, at three times the cost. */
const MAX_TAIL_BYTES = 16 * 1024 * 1024;
const ALL_TAILS_BYTES = 32 * 1024 * 1024;

/** The fetches that are under way, one for each blob of an upstream. */
export class BlobFetches {
  readonly unknownGrants = new UnknownGrants();
  readonly #running = new Map<string, BlobFetch>();
  readonly #confirming = new SingleFlight<number | undefined>();

  running(upstreamId: string, digest: string): BlobFetch | undefined {
    return this.#running.get(`${upstreamId} ${digest}`);
  }

  /**
   * Starts one, in place of any that others have started. `path` is the blob's at the upstream;
   * for `options` see the fetch.
   */
  start(
    context: UpstreamContext,
    path: string,
    scope: RepositoryScope,
    digest: string,
    options: FetchOptions = {},
  ): BlobFetch {
    const key = `${scope.upstreamId} ${digest}`;
    const tailBytes = () => this.#tailBytes();
    const fetch = new BlobFetch(context, path, scope, digest, tailBytes, options);
    this.#running.set(key, fetch);
    void fetch.settled.then(() => {
      if (this.#running.get(key) === fetch) this.#running.delete(key);
    });
    return fetch;
  }

  /** All windows together stay within their limit, whatever is under way. */
  #tailBytes(): number {
    return Math.min(MAX_TAIL_BYTES, ALL_TAILS_BYTES / Math.max(1, this.#running.size));
  }

  /**
   * One question for all that want to know at the same time whether a place may have a blob.
   * @returns its size in bytes, where the upstream says that.
   */
  confirm(
    scope: RepositoryScope,
    digest: string,
    ask: (signal: AbortSignal) => Promise<number | undefined>,
  ): Promise<number | undefined> {
    const key = `${scope.upstreamId} ${scope.repository} ${digest}`;
    // Shared by all of them, so no single one's signal may end it.
    return this.#confirming.join(key, ask);
  }

  /** Ends what nobody reads at once, the others after `graceMs`; resolves when all have ended. */
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
