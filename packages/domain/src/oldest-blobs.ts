/**
 * The blobs that the cleaner evicts first, unless they are used meanwhile. It notes them after each
 * look through the store (`oldestBlobsFile`), for the admin API.
 */
export interface OldestBlobs {
  /** When the look began, in ISO 8601. */
  readonly measured: string;
  /** Whether these are all blobs that may be evicted, and not only the oldest. */
  readonly isAll: boolean;
  /** Oldest access first. Pinned blobs are not among them. */
  readonly blobs: readonly OldestBlob[];
}

export interface OldestBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly lastAccessMs: number;
}
