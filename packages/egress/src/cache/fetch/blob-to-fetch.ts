import type { RepositoryScope } from './repository-scope.ts';

/** The blob that a fetch is for. */
export interface BlobToFetch {
  /** The blob's path at the upstream. */
  readonly path: string;
  /** The repository whose request starts the fetch. */
  readonly scope: RepositoryScope;
  readonly digest: string;
  /** Set after parts with different ETags did not make the right whole. */
  readonly isInOnePiece?: boolean;
  /** The size in a manifest, for upstreams that give no size. */
  readonly expectedBytes?: number;
  /** False where the repository may not serve the blob yet, and is not linked. Default true. */
  readonly isPermitted?: boolean;
}
