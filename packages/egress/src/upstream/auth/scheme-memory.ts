import { createBoundedMap } from '@registry-cache/runtime';
import { type Scheme, schemeFor } from './scheme.ts';

const CAPACITY = 2000;

/**
 * What one upstream asked for last, so that the next request needs no 401 first. A repository
 * seen before is given its own challenge again, a new one the upstream's newest.
 */
export class SchemeMemory {
  readonly #byRepository = createBoundedMap<string, Scheme>(CAPACITY);
  #newest: Scheme | undefined;

  recall(repository: string): Scheme | undefined {
    const own = this.#byRepository.get(repository);
    if (own !== undefined) return own;
    return this.#newest === undefined ? undefined : schemeFor(this.#newest, repository);
  }

  /** The next request asks without Authorization and learns anew. */
  forget(repository: string): void {
    this.#byRepository.delete(repository);
    this.#newest = undefined;
  }

  learn(repository: string, scheme: Scheme): void {
    this.#newest = scheme;
    this.#byRepository.set(repository, scheme);
  }
}
