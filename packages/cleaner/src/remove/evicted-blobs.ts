import type { BlobTable } from '../scan/blob-table.ts';
import type { Repository } from '../scan/repositories.ts';

/** A blob that a run has evicted. */
export interface EvictedBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly lastAccessMs: number;
  /** Repositories that named it, as `<upstream id>/<repository>`; not all, if there are many. */
  readonly namedBy: readonly string[];
}

/** As many blobs of a run are told one by one. */
const MAX_TOLD = 10_000;
const MAX_NAMES = 5;

/** Gathers what a run evicts, and the repositories whose links to it go. */
export class EvictedBlobs {
  readonly #table: BlobTable;
  readonly #names = new Map<number, Set<string>>();

  constructor(table: BlobTable) {
    this.#table = table;
  }

  add(row: number): void {
    if (this.#names.size < MAX_TOLD) this.#names.set(row, new Set());
  }

  name(algorithm: string, hex: string, { upstream, name }: Repository): void {
    const names = this.#names.get(this.#table.rowOf(algorithm, hex));
    if (names !== undefined && names.size < MAX_NAMES) names.add(`${upstream}/${name}`);
  }

  list(): EvictedBlob[] {
    const { sizesBytes, atimesMs } = this.#table;
    return [...this.#names].map(([row, names]) => {
      return {
        digest: this.#table.digestAt(row),
        sizeBytes: sizesBytes[row] ?? 0,
        lastAccessMs: atimesMs[row] ?? 0,
        namedBy: [...names],
      };
    });
  }
}
