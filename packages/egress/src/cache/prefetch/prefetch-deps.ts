import type { ContentStore } from '../../store/content-store.ts';
import type { Health } from '../../upstream/health/health.ts';
import type { BlobDeps, ConfirmDeps } from '../blobs/blob-deps.ts';
import type { BlobFetches } from '../fetch/blob-fetches.ts';
import type { FetchDeps } from '../fetch/fetch-deps.ts';

/** The collaborators of the prefetch of an image's blobs. */
export interface PrefetchDeps extends FetchDeps, ConfirmDeps, Pick<BlobDeps, 'elsewhere'> {
  readonly client: FetchDeps['client'];
  readonly store: FetchDeps['store'] & Pick<ContentStore, 'blobSize' | 'hasLayer'>;
  readonly upstreamId: string;
  readonly fetches: BlobFetches;
  readonly health: Health;
  /** A larger image is not prefetched; 0 turns prefetch off. */
  readonly prefetchMaxBytes: number;
}
