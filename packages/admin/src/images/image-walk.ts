import { ImageMeasure, readImages } from '@registry-cache/catalog';
import { HOSTED_ID, hostedDir, type NamedUpstream, RECHECK_WISH_MS } from '@registry-cache/domain';
import type { History } from '@registry-cache/history';
import { type Logger, waitAtMost } from '@registry-cache/runtime';
import { nameRepository, registryOf } from '../sources/name-repository.ts';
import { readOldestBlobs } from '../sources/read-oldest-blobs.ts';

export interface ImageWalkDeps {
  readonly storeRoot: string;
  readonly upstreams: () => readonly NamedUpstream[];
  readonly history: Pick<History, 'openListing'>;
  readonly nowMs: () => number;
  readonly log: Pick<Logger, 'warn'>;
}

/** Between two walks passes so much time for each that the first one took. */
const REST_SHARE = 20;
const SHORTEST_REST_MS = 1_000;
/** As many images of one blob are named. */
const MAX_NAMES = 5;

/**
 * Looks the store through, and leaves what it finds in the listing of the history. It walks when
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
    const startedMs = performance.now();
    try {
      await this.#list();
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'could not list the images of the store');
    }
    const endedMs = performance.now();
    const restMs = Math.max(SHORTEST_REST_MS, (endedMs - startedMs) * REST_SHARE);
    this.#restUntilMs = endedMs + restMs;
  }

  /** Each tag goes to the listing at once: a large store has too many to hold them all. */
  async #list(): Promise<void> {
    const { storeRoot, upstreams, history, nowMs } = this.#deps;
    const walkedMs = nowMs();
    using listing = await history.openListing();
    const contents = new ImageMeasure();
    const noted = readOldestBlobs(storeRoot)?.blobs ?? [];
    const oldest = new Map(noted.map(({ digest }) => [digest, new Set<string>()]));
    for (const { id, name: upstream } of upstreams()) {
      for await (const { blobs, ...image } of readImages(storeRoot, id)) {
        const name = nameTag(registryOf(upstream), image);
        const content = contents.add(image.digest, blobs);
        const checkedMs = image.checkedMs === RECHECK_WISH_MS ? null : image.checkedMs;
        await listing.add({ ...image, name, upstream, content, checkedMs });
        for (const { digest } of blobs) {
          const names = oldest.get(digest);
          if (names !== undefined && names.size < MAX_NAMES) names.add(name);
        }
      }
    }
    this.#oldest = oldest;
    // Pushed images have bytes of their own.
    const pushed = new ImageMeasure(contents.next);
    for await (const { blobs, ...image } of readImages(hostedDir(storeRoot), HOSTED_ID)) {
      const [upstream = '', ...rest] = image.repository.split('/');
      const repository = rest.join('/');
      const name = nameTag(upstream, { repository, tag: image.tag });
      const content = pushed.add(image.digest, blobs);
      await listing.add({ ...image, name, upstream, repository, content, checkedMs: null });
    }
    await listing.end(chain(contents.sizes(), pushed.sizes()), walkedMs);
  }
}

function nameTag(
  registry: string,
  { repository, tag }: { readonly repository: string; readonly tag: string },
): string {
  return `${nameRepository(registry, repository)}:${tag}`;
}

function* chain<T>(...parts: readonly Iterable<T>[]): Generator<T> {
  for (const part of parts) yield* part;
}
