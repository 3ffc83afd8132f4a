import type { Served } from '../parse/parse-line.ts';

/**
 * Gathers the latest access time of each digest, so that a hot blob costs one system call for each
 * batch.
 */
export class Touches {
  #latestMs = new Map<string, number>();
  readonly #manifests = new Set<string>();

  get size(): number {
    return this.#latestMs.size;
  }

  add({ kind, digest, timeMs }: Served): void {
    this.#raise(digest, timeMs);
    if (kind === 'manifest') this.#manifests.add(digest);
  }

  /** Takes all digests out, with their latest times. The children of a manifest get its time. */
  take(childrenOf: (digest: string) => readonly string[]): ReadonlyMap<string, number> {
    for (const manifest of this.#manifests) {
      const timeMs = this.#latestMs.get(manifest) ?? 0;
      for (const child of childrenOf(manifest)) this.#raise(child, timeMs);
    }
    const taken = this.#latestMs;
    this.#latestMs = new Map();
    this.#manifests.clear();
    return taken;
  }

  #raise(digest: string, timeMs: number): void {
    if (timeMs > (this.#latestMs.get(digest) ?? Number.NEGATIVE_INFINITY)) {
      this.#latestMs.set(digest, timeMs);
    }
  }
}
