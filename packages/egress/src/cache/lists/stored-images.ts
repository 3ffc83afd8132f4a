import { SingleFlight } from '@registry-cache/runtime';
import { imageOf } from '../contract/image-of.ts';

/** More repositories of one upstream are not listed. */
const MOST_PER_UPSTREAM = 100_000;

export interface NamedUpstream {
  readonly id: string;
  readonly key: string;
}

/** Lists the repositories of an upstream that have a manifest here. */
export type ListRepositories = (upstreamId: string, limit: number) => Promise<readonly string[]>;

/** Lists the tags of a repository that are here. */
export type ListTags = (upstreamId: string, repository: string) => Promise<readonly string[]>;

/** Lists the images that are here. Simultaneous requests share one walk through the store. */
export class StoredImages {
  readonly #running = new SingleFlight<readonly string[]>();
  readonly #list: ListRepositories;
  readonly #listTags: ListTags;

  constructor(list: ListRepositories, listTags: ListTags) {
    this.#list = list;
    this.#listTags = listTags;
  }

  /** The tags of `<registry>/<repository>` at these upstreams. */
  async tagsOf(upstreams: readonly NamedUpstream[], image: string): Promise<readonly string[]> {
    const repository = image.slice(image.indexOf('/') + 1);
    const own = upstreams.filter(({ key }) => imageOf(key, repository) === image);
    return (await Promise.all(own.map(({ id }) => this.#listTags(id, repository)))).flat();
  }

  /** The images of these upstreams as `<registry>/<repository>`, sorted by their code units. */
  listOf(upstreams: readonly NamedUpstream[]): Promise<readonly string[]> {
    const key = upstreams.map(({ id }) => id).join(' ');
    return this.#running.join(key, async () => {
      const images = new Set<string>();
      for (const upstream of upstreams) {
        const repositories = await this.#list(upstream.id, MOST_PER_UPSTREAM);
        for (const repository of repositories) images.add(imageOf(upstream.key, repository));
      }
      return [...images].sort();
    });
  }
}
