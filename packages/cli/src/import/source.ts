import type { TargetTag } from '@registry-cache/intake';

/** Where images are imported from. Every kind of store or bundle is one such source. */
export interface ImportSource {
  /** The repositories, in no order. Names and digests in it have the grammar. */
  repositories(): AsyncIterable<SourceRepository>;
  /** Undefined for a blob that the source does not have. */
  findBlob(digest: string): Promise<SourceBlob | undefined>;
  /** The bytes of a manifest. `rotten` if they do not match the digest or are no manifest's size. */
  readManifest(digest: string): Promise<Buffer | 'missing' | 'rotten'>;
  /**
   * Checks a blob and hands it over. Its bytes are read once.
   * @throws the signal's reason, or the error of the file system.
   */
  takeBlob(digest: string, place: BlobPlace): Promise<'taken' | 'missing' | 'rotten'>;
  /** Names of entries that the source leaves out, such as repositories with a wrong name. */
  readonly leftOut: readonly string[];
  /** Whether its blobs are moved, so that no bytes are added to the disk. */
  readonly isMoving: boolean;
}

export interface SourceRepository {
  readonly name: string;
  readonly tags: readonly TargetTag[];
  /** Digests of its manifests. */
  readonly manifests: readonly string[];
  /** Digests of the blobs that it may serve. */
  readonly layers: readonly string[];
}

export interface SourceBlob {
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly usedAtMs: number;
}

/** Where a source puts a blob. */
export interface BlobPlace {
  /** A new file on the store's filesystem, to be written and then given to `store`. */
  readonly temporaryFile: string;
  /** Makes a file with the right bytes the blob, by rename. */
  readonly store: (file: string) => Promise<void>;
  /** Called with the bytes of each read. */
  readonly onRead: (bytes: number) => void;
  readonly signal: AbortSignal;
}
