export type { Bucket, FoundObject, OpenBucketOptions } from './bucket.ts';
export { BucketError } from './bucket-error.ts';
export type { BucketReply, BucketSend } from './handler.ts';
export * from './keys.ts';
export { buildExpiryRule, ruleId } from './lifecycle.ts';
export { openBucket } from './open-bucket.ts';
export * from './tag-record.ts';
export * from './upload-queue.ts';
export * from './upload-task.ts';
