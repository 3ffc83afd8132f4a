import type { Lacking } from '../collect/collect-bundle.ts';

/** What every kind of export is told. */
export interface ExportRun {
  /** The file of a blob in the store. */
  readonly blobFile: (digest: string) => string;
  /** Called with the bytes that are done: written, or found there. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export interface ExportResult {
  /** Of the bundle's manifest. */
  readonly digest: string;
  readonly images: number;
  /**
   * Whether the rest of an earlier bundle was made, whose images are others than those that were
   * asked for.
   */
  readonly isEarlier: boolean;
  /** Blobs that a delta leaves out. */
  readonly leftBlobs: number;
  /** Bytes that were written. */
  readonly writtenBytes: number;
  /** Bytes that were there from an earlier export. */
  readonly keptBytes: number;
  readonly lacking: readonly Lacking[];
}
