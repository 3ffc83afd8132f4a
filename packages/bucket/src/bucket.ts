import type { Readable } from 'node:stream';

export interface OpenBucketOptions {
  readonly name: string;
  /** In front of every key; empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region: string;
  /** Undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
  /** Whether the bucket is named in the path, and not in the host. */
  readonly isPathStyle: boolean;
}

/** A bucket, below its prefix. Every call @throws BucketError, or the reason of an aborted signal. */
export interface Bucket {
  readonly name: string;
  /** Undefined for a missing object. */
  head(key: string, signal: AbortSignal): Promise<ObjectFacts | undefined>;
  /** Undefined for a missing object. The body may break off after the first byte. */
  get(key: string, options: GetOptions): Promise<FoundObject | undefined>;
  put(key: string, body: BucketBody, signal: AbortSignal): Promise<void>;
  /**
   * A URL by which anybody can get the object, if the request begins within this time. Credentials
   * may have to be found; the bucket itself is not asked.
   */
  presign(key: string, lifetimeSeconds: number): Promise<string>;
  /** Sets the object's age to zero. */
  renew(key: string, signal: AbortSignal): Promise<void>;
  /** A missing object is no failure. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  /** Whether the bucket has the rule that `setLifecycle` sets. */
  hasLifecycle(expireMs: number, signal: AbortSignal): Promise<boolean>;
  /** Lets the bucket delete what is older than that, below the prefix. Other rules stay. */
  setLifecycle(expireMs: number, signal: AbortSignal): Promise<void>;
  /** Whether the bucket has a rule that `setLifecycle` has set, for whatever time. */
  hasOwnRule(signal: AbortSignal): Promise<boolean>;
  /** Removes that rule, so that nothing expires below the prefix by it. Other rules stay. */
  removeOwnRule(signal: AbortSignal): Promise<void>;
}

export interface ObjectFacts {
  readonly sizeBytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number | undefined;
}

export interface GetOptions {
  /** As in the header of HTTP: `bytes=0-99`. */
  readonly range?: string | undefined;
  readonly signal: AbortSignal;
}

export interface FoundObject {
  readonly body: Readable;
  /** The length of this body. */
  readonly sizeBytes: number | undefined;
  /** Set where the body is a part. */
  readonly contentRange: string | undefined;
  readonly etag: string | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number | undefined;
}

/** What an object gets: a short text, or the bytes of a file. The digest is that of the bytes. */
export type BucketBody =
  | { readonly text: string; readonly digest?: undefined }
  | { readonly open: () => Readable; readonly sizeBytes: number; readonly digest: string };
