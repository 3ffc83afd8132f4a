import { createBoundedMap, SingleFlight } from '@registry-cache/runtime';
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
  readonly #running = new SingleFlight<Listing>();
  readonly #known = createBoundedMap<string, Listing>(CAPACITY_BYTES, sizeOf);

  /** @throws whatever `fetch` throws, for all who wait for it. */
  share(key: string, fetch: () => Promise<Listing>): Promise<Listing> {
    return this.#running.join(key, async () => {
      const listing = await fetch();
      this.#known.set(key, listing);
      return listing;
    });
  }

  remembered(key: string): Listing | undefined {
    return this.#known.get(key);
  }
}

/** With about what a small list takes beside its bytes. */
function sizeOf({ bytes }: Listing, key: string): number {
  return bytes.length + key.length + 1_000;
}
