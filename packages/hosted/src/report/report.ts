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
    const counter = (name: string, help: string, value: number): Metric => ({
      name,
      help,
      type: 'counter',
      value,
    });
    return [
      {
        name: 'registry_cache_hosted_bytes',
        help: 'Bytes that hosted images take, uploads in progress included.',
        type: 'gauge',
        value: held.bytes,
      },
      {
        name: 'registry_cache_hosted_max_bytes',
        help: 'Bytes that hosted images may take.',
        type: 'gauge',
        value: held.maxBytes,
      },
      counter('registry_cache_hosted_pushes_total', 'Manifests that were pushed.', this.#pushes),
      counter(
        'registry_cache_hosted_deletions_total',
        'Manifests, tags and blobs that clients deleted.',
        this.#deletions,
      ),
      counter(
        'registry_cache_hosted_refused_total',
        'Requests of pushes that got 507, for lack of room.',
        this.#refused,
      ),
      counter(
        'registry_cache_hosted_freed_bytes_total',
        'Bytes that deletions have freed.',
        held.freedBytes,
      ),
    ];
  }
}
