import { createBoundedMap } from '@registry-cache/runtime';
import { type Scheme, schemeFor } from './scheme.ts';

const CAPACITY = 2000;

/**
 * Remembers the scheme that an upstream named, so that the next request needs no 401 first. A known
 * repository gets its own scheme, a new one gets the newest scheme of the upstream.
 */
export class SchemeMemory {
  readonly #byRepository = createBoundedMap<string, Scheme>(CAPACITY);
  #newest: Scheme | undefined;

  recall(repository: string): Scheme | undefined {
    const own = this.#byRepository.get(repository);
    if (own !== undefined) return own;
    return this.#newest === undefined ? undefined : schemeFor(this.#newest, repository);
  }

  /** The next request is sent without Authorization and learns the scheme anew. */
  forget(repository: string): void {
    this.#byRepository.delete(repository);
    this.#newest = undefined;
  }

  learn(repository: string, scheme: Scheme): void {
    this.#newest = scheme;
    this.#byRepository.set(repository, scheme);
  }
}
