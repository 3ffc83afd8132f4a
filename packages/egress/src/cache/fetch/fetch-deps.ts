/** A repository of an upstream: who may have a blob. */
export interface RepositoryScope {
  readonly upstreamId: string;
  readonly repository: string;
}

export interface FetchOptions {
  /** After parts with different ETags did not make the right whole. */
  readonly isInOnePiece?: boolean;
  /** What a manifest says of the size, where the upstream does not. */
  readonly expectedBytes?: number;
}

/** What has become of a fetch: in the store, given out but not kept, or nothing. */
export interface FetchEnd {
  readonly digest: string;
  readonly outcome: 'kept' | 'unkept' | 'failed';
  /** Why it was not kept. */
  readonly cause: unknown;
}
