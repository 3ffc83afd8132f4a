/** The bucket gave no good answer. The message names the bucket and the reason. */
export class BucketError extends Error {
  readonly code = 'BUCKET';
  /** The status of the answer; 0 if none came. */
  readonly status: number;
  /** The reason that the server gave, such as `ExpiredToken`; empty if it gave none. */
  readonly reason: string;

  constructor(message: string, status: number, reason: string, cause: unknown) {
    super(message, { cause });
    this.name = 'BucketError';
    this.status = status;
    this.reason = reason;
  }

  /** Whether the same request would be refused again, whatever changes around it. */
  get isLasting(): boolean {
    return LASTING_STATUSES.has(this.status) || LASTING_REASONS.has(this.reason);
  }
}

const LASTING_STATUSES = new Set([405, 411, 413]);
/**
 * Of the refusals with 400, those of the object itself. Others pass, such as `ExpiredToken` and
 * `RequestTimeout`. Source: Amazon S3's documentation of its errors.
 */
const LASTING_REASONS = new Set([
  'BadDigest',
  'EntityTooLarge',
  'InvalidDigest',
  'InvalidObjectName',
  'KeyTooLongError',
  'XAmzContentSHA256Mismatch',
]);

/** Names that the SDK gives to errors without a body, such as those of HEAD. */
const NAMELESS = new Set(['Unknown', 'UnknownError', 'Error', 'NotFound']);

/** Turns an error of the SDK into one sentence. Undefined for an object that is missing. */
export function toBucketError(bucket: string, error: unknown): BucketError | undefined {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: '' };
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: unknown } };
  const status = Number($metadata?.httpStatusCode ?? 0);
  if (status === 404 && name !== 'NoSuchBucket') return undefined;
  if (name === 'CredentialsProviderError') {
    return new BucketError(`there are no credentials for the bucket ${bucket}`, status, '', error);
  }
  if (status === 0) return new BucketError(message || name, status, '', error);
  const reason = NAMELESS.has(name) || name === String(status) ? '' : name;
  const text = `the bucket ${bucket} answered ${status} ${reason}`.trimEnd();
  return new BucketError(text, status, reason, error);
}
