import { type Bucket, type BucketPlace, blobKey, type UploadTask } from '@registry-cache/bucket';
import {
  createBoundedMap,
  SingleFlight,
  waitAtMost,
  waitUnlessGone,
} from '@registry-cache/runtime';
import type { BlobsElsewhere } from '../blobs/blob-deps.ts';
import type { BucketReader } from './bucket-reader.ts';

export interface BucketRedirectsDeps {
  readonly reader: Pick<BucketReader, 'size' | 'isSecond'>;
  readonly presign: Bucket['presign'];
  /** Lets the bucket renew what its clients use. */
  readonly enqueue: (task: UploadTask) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The longest time until a URL is signed. */
  readonly waitMs: number;
  readonly onRedirect: () => void;
  /** No URL can be signed from now on, or again after that. */
  readonly onTrouble: (error: unknown) => void;
  readonly onRecovery: () => void;
}

/**
 * Blobs below this size are given here. A client needs some round trips to reach another server,
 * in which it would have had a smaller blob from here.
 */
const LEAST_BYTES = 8 * 1024 * 1024;
/** A client follows a redirect at once. A body that has begun is not cut when the time is over. */
const LIFETIME_SECONDS = 60;
/**
 * A client that asks for the same blob again within this time had no luck at the bucket. It gets the
 * blob from here, where its bytes are checked. The longest pause of a kubelet is five minutes.
 */
const AGAIN_MS = 15 * 60_000;
/** A blob that many clients use is looked at once in this time, and renewed if it is old. */
const RENEW_EVERY_MS = 3_600_000;
const CAPACITY = 20_000;
/** Several callers wait, so only the reader's own time limit ends a lookup. */
const NEVER = new AbortController().signal;

/** Sends clients to the bucket for large blobs, by URLs that are signed for a short time. */
export class BucketRedirects {
  readonly #deps: BucketRedirectsDeps;
  readonly #lookups = new SingleFlight<number | undefined>();
  readonly #sentAtMs = createBoundedMap<string, number>(CAPACITY);
  readonly #renewedAtMs = createBoundedMap<string, number>(CAPACITY);
  #isInTrouble = false;

  constructor(deps: BucketRedirectsDeps) {
    this.#deps = deps;
  }

  /** The bucket for one client: @param source its address. */
  of(source: string, upstreamId: string): BlobsElsewhere {
    return {
      find: ({ repository }, digest, signal) =>
        waitUnlessGone(this.#find(source, { upstreamId, repository }, digest), signal),
      has: async ({ repository }, digest, sizeBytes) =>
        sizeBytes >= LEAST_BYTES && this.#has({ upstreamId, repository }, digest),
    };
  }

  async #find(source: string, place: BucketPlace, digest: string): Promise<string | undefined> {
    const { now, onRedirect } = this.#deps;
    const visit = `${source} ${digest}`;
    if (isWithin(AGAIN_MS, this.#sentAtMs.get(visit), now())) return undefined;
    if (!(await this.#has(place, digest))) return undefined;
    const url = await this.#sign(digest);
    if (url === undefined) return undefined;
    this.#sentAtMs.set(visit, now());
    this.#renew(place, digest);
    onRedirect();
    return url;
  }

  /** Undefined where the credentials are not found. */
  async #sign(digest: string): Promise<string | undefined> {
    const { presign, waitMs, onTrouble, onRecovery } = this.#deps;
    try {
      const url = await waitAtMost(waitMs, presign(blobKey(digest), LIFETIME_SECONDS), () => {
        throw new Error('the credentials of the bucket were not found in time');
      });
      if (this.#isInTrouble) onRecovery();
      this.#isInTrouble = false;
      return url;
    } catch (error) {
      if (!this.#isInTrouble) onTrouble(error);
      this.#isInTrouble = true;
      return undefined;
    }
  }

  /** Whether the bucket has the blob for this repository, and is well. */
  async #has({ upstreamId, repository }: BucketPlace, digest: string): Promise<boolean> {
    const { reader } = this.#deps;
    if (reader.isSecond(digest)) return false;
    const sizeBytes = await this.#lookups.join(`${upstreamId} ${repository} ${digest}`, () =>
      reader.size('layer', { upstreamId, repository }, digest, NEVER),
    );
    return sizeBytes !== undefined && sizeBytes >= LEAST_BYTES;
  }

  #renew({ upstreamId, repository }: BucketPlace, digest: string): void {
    const { enqueue, now } = this.#deps;
    const link = `${upstreamId} ${repository} ${digest}`;
    if (isWithin(RENEW_EVERY_MS, this.#renewedAtMs.get(link), now())) return;
    this.#renewedAtMs.set(link, now());
    // The queue tells by itself what it could not keep.
    enqueue({ kind: 'layer', upstreamId, repository, digest }).catch(() => undefined);
  }
}

function isWithin(spanMs: number, sinceMs: number | undefined, nowMs: number): boolean {
  return sinceMs !== undefined && nowMs - sinceMs < spanMs;
}
