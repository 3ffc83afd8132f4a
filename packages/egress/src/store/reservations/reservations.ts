/** Whether what is about to be fetched may be kept. */
export interface Reservations {
  /**
   * Resolves true when `bytes` more of a blob may be written; false when there is no room: go on
   * without keeping.
   */
  reserve(bytes: number, signal: AbortSignal, blob?: BlobSoFar): Promise<boolean>;
}

export interface BlobSoFar {
  /** What was granted for it before; without a size, for all such blobs that are being fetched. */
  readonly grantedBytes: number;
  /** Of the whole, where that is known. */
  readonly sizeBytes: number | undefined;
}
