import { type Bucket, type BucketPlace, referrersKey } from '@registry-cache/bucket';

/**
 * Renews the list of a manifest's referrers, if the bucket has one. No store has it, so it goes with
 * the link of its manifest, whatever its own age is. So it never waits for longer than the link does.
 * @throws BucketError
 */
export async function renewReferrers(
  bucket: Pick<Bucket, 'head' | 'renew'>,
  revision: BucketPlace & { readonly digest: string },
  signal: AbortSignal,
): Promise<void> {
  const key = referrersKey(revision, revision.digest);
  if ((await bucket.head(key, signal)) !== undefined) await bucket.renew(key, signal);
}
