import type { Bucket, OpenBucketOptions } from './bucket.ts';
import type { BucketSend } from './handler.ts';

/** As `openSdkBucket`. The SDK takes memory, so it is loaded for those who use a bucket only. */
export async function openBucket(
  options: OpenBucketOptions,
  send: BucketSend,
  now: () => number,
): Promise<Bucket> {
  const { openSdkBucket } = await import('./sdk-bucket.ts');
  return openSdkBucket(options, send, now);
}
