import type { FetchSource } from '@registry-cache/domain';
import type { Reply } from '../transport/transport.ts';

/** Tells who has sent a reply. */
export function sourceOf({
  isOfPeer,
  isOfBucket,
  redirected,
}: Pick<Reply, 'isOfPeer' | 'isOfBucket' | 'redirected'>): FetchSource {
  if (isOfPeer) return 'replica';
  if (isOfBucket) return 'bucket';
  return redirected ? 'cdn' : 'upstream';
}
