import { blobPath, confirmBlob } from '../blobs/confirm-blob.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { type ImageBlob, parseImageBlobs } from './parse-image.ts';

/** Blobs of one image that are fetched at once, ahead of the client that will ask for them. */
const AT_ONCE = 4;
/** … and of all images. */
const AT_ONCE_IN_ALL = 8;
/** More images than this in waiting, and the next one waits for its client instead. */
const MAX_WAITING_IMAGES = 100;

interface Image {
  readonly key: string;
  readonly context: UpstreamContext;
  readonly repository: string;
  readonly waiting: ImageBlob[];
  readonly release: () => void;
  running: number;
}

/** What is fetched before anybody asks for it. */
export class Prefetcher {
  readonly #images = new Map<string, Image>();
  #running = 0;
  #isStopped = false;

  /**
   * Fetches what an image manifest names and is not here, since who pulled the manifest asks for
   * that next; once for a herd. Returns at once; what goes wrong is for the client's own request
   * to tell.
   */
  start(
    context: UpstreamContext,
    repository: string,
    manifest: { digest: string; bytes: Buffer },
  ): void {
    const key = [context.upstreamId, repository, manifest.digest].join(' ');
    if (context.prefetchMaxBytes === 0 || context.health.circuit === 'open') return;
    if (this.#images.size >= MAX_WAITING_IMAGES) return;
    if (this.#images.has(key)) return;
    const waiting = [...parseImageBlobs(manifest.bytes)];
    const sizeBytes = waiting.reduce((sum, blob) => sum + blob.sizeBytes, 0);
    if (waiting.length === 0 || sizeBytes > context.prefetchMaxBytes) return;
    this.#images.set(key, {
      key,
      context,
      repository,
      waiting,
      release: context.keepClientOpen(),
      running: 0,
    });
    this.#fill();
  }

  /** Begins nothing more. */
  stop(): void {
    this.#isStopped = true;
    for (const image of this.#images.values()) this.#drop(image);
  }

  /** As many as may run, first images first. */
  #fill(): void {
    for (const image of this.#images.values()) {
      while (this.#running < AT_ONCE_IN_ALL && image.running < AT_ONCE) {
        const blob = this.#isStopped ? undefined : image.waiting.shift();
        if (blob === undefined) break;
        void this.#fetch(image, blob);
      }
    }
  }

  async #fetch(image: Image, blob: ImageBlob): Promise<void> {
    this.#running += 1;
    image.running += 1;
    // The upstream refuses or is ill, or the disk is full: more would not help.
    await fetchAhead(image.context, image.repository, blob).catch(() => this.#drop(image));
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
  context: UpstreamContext,
  repository: string,
  { digest, sizeBytes: expectedBytes }: ImageBlob,
): Promise<void> {
  const { upstreamId, store, fetches } = context;
  const scope = { upstreamId, repository };
  const storedBytes = await store.blobSize(digest);
  if (storedBytes !== undefined) {
    if (await store.hasLayer(upstreamId, repository, digest)) return;
    const saidBytes = await confirmBlob(context, scope, digest);
    // Another size is not about this blob, and gives no leave.
    if (saidBytes !== storedBytes) return;
    return store.linkLayer(upstreamId, repository, digest);
  }
  const path = blobPath(repository, digest);
  const fetch =
    fetches.running(upstreamId, digest) ??
    fetches.start(context, path, scope, digest, { expectedBytes });
  await fetch.settled;
  if (fetch.body.failure !== undefined) throw fetch.body.failure;
  if (!fetch.isKept) throw new Error('what is fetched cannot be kept');
}
