/** The bucket gave no good answer. The message names the bucket and the reason. */
export class BucketError extends Error {
  readonly code = 'BUCKET';
  /** The status of the answer; 0 if none came. */
  readonly status: number;

  constructor(message: string, status: number, cause: unknown) {
    super(message, { cause });
    this.name = 'BucketError';
    this.status = status;
  }
}

/** Names that the SDK gives to errors without a body, such as those of HEAD. */
const NAMELESS = new Set(['Unknown', 'UnknownError', 'Error', 'NotFound']);

/** Turns an error of the SDK into one sentence. Undefined for an object that is missing. */
export function toBucketError(bucket: string, error: unknown): BucketError | undefined {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: '' };
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: unknown } };
  const status = Number($metadata?.httpStatusCode ?? 0);
  if (status === 404 && name !== 'NoSuchBucket') return undefined;
  if (name === 'CredentialsProviderError') {
    return new BucketError(`there are no credentials for the bucket ${bucket}`, status, error);
  }
  if (status === 0) return new BucketError(message || name, status, error);
  const told = NAMELESS.has(name) || name === String(status) ? '' : ` ${name}`;
  return new BucketError(`the bucket ${bucket} answered ${status}${told}`, status, error);
}
