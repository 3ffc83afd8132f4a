import type { Metric } from '@registry-cache/runtime';

/** Counts what happens to hosted images. */
export class HostedReport {
  #pushes = 0;
  #deletions = 0;
  #refused = 0;

  pushed(): void {
    this.#pushes += 1;
  }

  deleted(): void {
    this.#deletions += 1;
  }

  /** For lack of room. */
  refused(): void {
    this.#refused += 1;
  }

  metrics(held: {
    readonly bytes: number;
    readonly maxBytes: number;
    readonly freedBytes: number;
  }): Metric[] {
    return [
      { name: 'registry_cache_hosted_bytes', value: held.bytes },
      { name: 'registry_cache_hosted_max_bytes', value: held.maxBytes },
      { name: 'registry_cache_hosted_pushes_total', value: this.#pushes },
      { name: 'registry_cache_hosted_deletions_total', value: this.#deletions },
      { name: 'registry_cache_hosted_refused_total', value: this.#refused },
      { name: 'registry_cache_hosted_freed_bytes_total', value: held.freedBytes },
    ];
  }
}
