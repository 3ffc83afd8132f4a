import { createBoundedMap, SingleFlight } from '@registry-cache/runtime';
import type { ResponseHeaders } from '../../wire/http/response-headers.ts';

/** A list from an upstream. It is read whole before any of it is passed on. */
export interface RegistryList {
  readonly headers: ResponseHeaders;
  readonly bytes: Buffer;
}

const CAPACITY_BYTES = 16 * 1024 * 1024;

/**
 * Shares running fetches of lists, so that many requests for one list cost one request to the
 * upstream. Remembers the newest lists, for the time when the upstream does not answer.
 */
export class ListMemory {
  readonly #running = new SingleFlight<RegistryList>();
  readonly #known = createBoundedMap<string, RegistryList>(CAPACITY_BYTES, sizeOf);

  /** Joins the running fetch of this list, or starts it. @throws the error of `fetch`. */
  share(key: string, fetch: () => Promise<RegistryList>): Promise<RegistryList> {
    return this.#running.join(key, async () => {
      const list = await fetch();
      this.#known.set(key, list);
      return list;
    });
  }

  /** The remembered list; undefined if there is none. */
  known(key: string): RegistryList | undefined {
    return this.#known.get(key);
  }
}

/** The bytes of a list, and about the memory that it takes beside them. */
function sizeOf({ bytes }: RegistryList, key: string): number {
  return bytes.length + key.length + 1_000;
}
