import type { ResponseHeaders } from '../../wire/http/response-headers.ts';

/** A whole answer: lists are read to their end before any of it is passed on. */
export interface Listing {
  readonly headers: ResponseHeaders;
  readonly bytes: Buffer;
}

const CAPACITY_BYTES = 16 * 1024 * 1024;

/**
 * Lists that are being fetched, so that many who ask for the same one at once cost one request,
 * and the newest that were, so that something is left when the upstream is ill.
 */
export class ListingMemory {
  readonly #running = new Map<string, Promise<Listing>>();
  readonly #known = new Map<string, Listing>();
  #sizeBytes = 0;

  /** @throws whatever `fetch` throws, for all who wait for it. */
  share(key: string, fetch: () => Promise<Listing>): Promise<Listing> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const fetching = fetch()
      .then((listing) => {
        this.#remember(key, listing);
        return listing;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, fetching);
    return fetching;
  }

  remembered(key: string): Listing | undefined {
    return this.#known.get(key);
  }

  #remember(key: string, listing: Listing): void {
    this.#forget(key);
    this.#known.set(key, listing);
    this.#sizeBytes += sizeOf(key, listing);
    for (const oldest of this.#known.keys()) {
      if (this.#sizeBytes <= CAPACITY_BYTES) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const known = this.#known.get(key);
    if (known === undefined) return;
    this.#known.delete(key);
    this.#sizeBytes -= sizeOf(key, known);
  }
}

/** With about what a small list takes beside its bytes. */
function sizeOf(key: string, { bytes }: Listing): number {
  return bytes.length + key.length + 1_000;
}
