/** Reserves space in the store before a fetch writes. */
export interface Reservations {
  /**
   * Resolves to whether `bytes` more of a blob may be written. After false the fetch goes on, and
   * does not store.
   */
  reserve(bytes: number, signal: AbortSignal, blob?: ReservedBlob): Promise<boolean>;
}

export interface ReservedBlob {
  /** Bytes granted to the blob before; without a size, to all such blobs that are being fetched. */
  readonly grantedBytes: number;
  /** The size of the whole blob; undefined if it is unknown. */
  readonly sizeBytes: number | undefined;
}
