import { ImageMeasure, readImages } from '@registry-cache/catalog';
import { HOSTED_ID, hostedDir, type NamedUpstream, RECHECK_WISH_MS } from '@registry-cache/domain';
import type { History, WalkedImage } from '@registry-cache/history';
import { type Logger, waitAtMost } from '@registry-cache/runtime';
import { readOldestBlobs } from '../sources/read-oldest-blobs.ts';

export interface ImageWalkDeps {
  readonly storeRoot: string;
  readonly upstreams: () => readonly NamedUpstream[];
  readonly history: History;
  readonly nowMs: () => number;
  readonly log: Pick<Logger, 'warn'>;
}

/** Between two walks passes so much time for each that the first one took. */
const REST_SHARE = 20;
const SHORTEST_REST_MS = 1_000;
/** As many images of one blob are named. */
const MAX_NAMES = 5;

/**
 * Looks the store through, and leaves what it finds in the database of the history. It walks when
 * somebody asks, and at most a twentieth of the time.
 */
export class ImageWalk {
  readonly #deps: ImageWalkDeps;
  #running: Promise<void> | undefined;
  #oldest: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  #restUntilMs = 0;

  constructor(deps: ImageWalkDeps) {
    this.#deps = deps;
  }

  /** Starts a walk unless one has just ended, and waits for it, but not longer than this. */
  async refresh(waitMs: number): Promise<void> {
    if (this.#running === undefined && performance.now() >= this.#restUntilMs) {
      this.#running = this.#walk().finally(() => {
        this.#running = undefined;
      });
    }
    if (this.#running !== undefined) {
      await waitAtMost(waitMs, this.#running, () => undefined);
    }
  }

  /** Images that have a blob, as the last walk found them. It looks for those of the oldest blobs. */
  imagesWith(digest: string): Iterable<string> {
    return this.#oldest.get(digest) ?? [];
  }

  async #walk(): Promise<void> {
    const { history, nowMs, log } = this.#deps;
    const startedMs = performance.now();
    const walkedMs = nowMs();
    try {
      const images = await this.#measure();
      await history.list(images, walkedMs);
    } catch (error) {
      log.warn({ err: error }, 'could not list the images of the store');
    }
    const endedMs = performance.now();
    const restMs = Math.max(SHORTEST_REST_MS, (endedMs - startedMs) * REST_SHARE);
    this.#restUntilMs = endedMs + restMs;
  }

  async #measure(): Promise<Iterable<WalkedImage>> {
    const { storeRoot, upstreams } = this.#deps;
    const measure = new ImageMeasure();
    const blobs = readOldestBlobs(storeRoot)?.blobs ?? [];
    const oldest = new Map(blobs.map(({ digest }) => [digest, new Set<string>()]));
    for (const { id, name } of upstreams()) {
      for await (const image of readImages(storeRoot, id)) {
        measure.add(image);
        for (const { digest } of image.blobs) {
          const names = oldest.get(digest);
          if (names !== undefined && names.size < MAX_NAMES) {
            names.add(nameImage(image, name, image.repository).name);
          }
        }
      }
    }
    this.#oldest = oldest;
    // Pushed images have bytes of their own.
    const hosted = new ImageMeasure();
    for await (const image of readImages(hostedDir(storeRoot), HOSTED_ID)) hosted.add(image);
    const names = new Map(upstreams().map(({ id, name }) => [id, name]));
    return chain<WalkedImage>(
      Iterator.from(measure.list()).map((image) => {
        const upstream = names.get(image.upstreamId) ?? image.upstreamId;
        const checkedMs = image.checkedMs === RECHECK_WISH_MS ? null : image.checkedMs;
        return { ...nameImage(image, upstream, image.repository), checkedMs };
      }),
      Iterator.from(hosted.list()).map((image) => {
        const [registry = '', ...repository] = image.repository.split('/');
        return { ...nameImage(image, registry, repository.join('/')), checkedMs: null };
      }),
    );
  }
}

/** The repository has the namespace of an upstream such as `quay.io/org` already. */
function nameImage<I extends { readonly upstreamId: string; readonly tag: string }>(
  { upstreamId: _, ...image }: I,
  upstream: string,
  name: string,
) {
  const [registry = upstream] = upstream.split('/');
  return { ...image, upstream, repository: name, name: `${registry}/${name}:${image.tag}` };
}

function* chain<T>(...parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}
