import type { Span } from '../../wire/spans.ts';
import { blobPath, confirmBlob } from '../blobs/confirm-blob.ts';
import { type ImageBlob, parseImageBlobs } from './parse-image.ts';
import type { PrefetchDeps } from './prefetch-deps.ts';

/** How many blobs of one image are prefetched at a time. */
const MAX_PER_IMAGE = 4;
/** How many blobs of all images are prefetched at a time. */
const MAX_IN_ALL = 8;
/** With this many images waiting, the next one is left to its client's own requests. */
const MAX_WAITING_IMAGES = 100;

export interface ImageToFetch {
  readonly digest: string;
  readonly bytes: Uint8Array;
  /** Whether it may not be served yet. Then its blobs are stored without a link. */
  readonly isWaiting?: boolean;
}

interface Image {
  readonly key: string;
  readonly deps: PrefetchDeps;
  readonly repository: string;
  readonly isPermitted: boolean;
  readonly waiting: ImageBlob[];
  readonly release: () => void;
  /** Of the request that brought the image; undefined where it is not traced. */
  readonly span: Span | undefined;
  running: number;
}

/** Fetches the blobs of an image before its client asks for them. */
export class Prefetcher {
  readonly #images = new Map<string, Image>();
  #running = 0;
  #isStopped = false;

  /**
   * Starts to fetch the blobs that an image manifest names and the store lacks: a client that
   * pulled the manifest asks for them next. Many clients of one image start this once. Returns at
   * once. A failure is not reported here, but by the client's own request.
   */
  start(deps: PrefetchDeps, repository: string, manifest: ImageToFetch): void {
    const { digest, isWaiting = false } = manifest;
    const key = [deps.upstreamId, repository, digest, isWaiting].join(' ');
    if (deps.prefetchMaxBytes === 0 || deps.health.circuit === 'open') return;
    if (this.#images.size >= MAX_WAITING_IMAGES) return;
    if (this.#images.has(key)) return;
    const waiting = [...parseImageBlobs(manifest.bytes)];
    const sizeBytes = waiting.reduce((sum, blob) => sum + blob.sizeBytes, 0);
    if (waiting.length === 0 || sizeBytes > deps.prefetchMaxBytes) return;
    this.#images.set(key, {
      key,
      deps,
      repository,
      isPermitted: !isWaiting,
      waiting,
      release: deps.keepClientOpen(),
      span: deps.spans?.current(),
      running: 0,
    });
    this.#fill();
  }

  /** Starts no more fetches. */
  stop(): void {
    this.#isStopped = true;
    for (const image of this.#images.values()) this.#drop(image);
  }

  /** Starts as many fetches as the limits allow, for the oldest images first. */
  #fill(): void {
    for (const image of this.#images.values()) {
      while (this.#running < MAX_IN_ALL && image.running < MAX_PER_IMAGE) {
        const blob = this.#isStopped ? undefined : image.waiting.shift();
        if (blob === undefined) break;
        void this.#fetch(image, blob);
      }
    }
  }

  async #fetch(image: Image, blob: ImageBlob): Promise<void> {
    this.#running += 1;
    image.running += 1;
    // The upstream refuses or does not answer, or the disk is full: more fetches would not help.
    const { span } = image;
    const ahead = () => fetchAhead(image, blob).catch(() => this.#drop(image));
    await (span === undefined ? ahead() : image.deps.spans?.run(span, ahead));
    this.#running -= 1;
    image.running -= 1;
    if (image.running === 0 && image.waiting.length === 0) this.#end(image);
    this.#fill();
  }

  #drop(image: Image): void {
    image.waiting.length = 0;
    if (image.running === 0) this.#end(image);
  }

  #end(image: Image): void {
    if (this.#images.delete(image.key)) image.release();
  }
}

async function fetchAhead(
  { deps, repository, isPermitted }: Image,
  { digest, sizeBytes: expectedBytes }: ImageBlob,
): Promise<void> {
  const { upstreamId, store, fetches } = deps;
  const scope = { upstreamId, repository };
  const storedBytes = await store.blobSize(digest);
  if (storedBytes !== undefined) {
    if (!isPermitted) return;
    if (await store.hasLayer(upstreamId, repository, digest)) return;
    const upstreamBytes = await confirmBlob(deps, scope, digest);
    // A reply with another size is not about this blob, so it permits nothing.
    if (upstreamBytes !== storedBytes) return;
    return store.linkLayer(upstreamId, repository, digest);
  }
  if (isPermitted && (await deps.elsewhere?.has(scope, digest, expectedBytes)) === true) return;
  const begun =
    fetches.running(upstreamId, digest) ??
    fetches.start(deps, {
      path: blobPath(repository, digest),
      scope,
      digest,
      expectedBytes,
      isPermitted,
    });
  const fetch = await begun.opened;
  await fetch.settled;
  if (fetch.body.failure !== undefined) throw fetch.body.failure;
  if (!fetch.isStored) throw new Error('the blob cannot be stored');
}
