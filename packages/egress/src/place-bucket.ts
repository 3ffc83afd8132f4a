import type { OpenBucketOptions } from '@registry-cache/bucket';
import type { BucketOptions } from '@registry-cache/domain';

const DEFAULT_REGION = 'us-east-1';

/** Where a bucket is, with the region of the environment where the options name none. */
export function placeBucket(
  { name, prefix, region, endpoint, isPathStyle }: BucketOptions,
  env: Readonly<Record<string, string | undefined>>,
): OpenBucketOptions {
  const found = region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? DEFAULT_REGION;
  return { name, prefix, region: found, endpoint, isPathStyle };
}
