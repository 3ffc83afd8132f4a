import { isDigest, isRepository, repositoriesDir, repositoryDir } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';
import { listRepositories, listTags } from './list/list-store.ts';
import { RepositoryIndex } from './read/repository-index.ts';

/** One repository of one upstream. */
export interface RepositoryReference {
  readonly upstreamId: string;
  readonly repository: string;
}

export interface DigestReference extends RepositoryReference {
  readonly digest: string;
}

/** What is in the store. It reads only, and no reading counts as use. */
export interface Catalog {
  /**
   * The tags of the repository that lead to a digest, in order: by themselves, through indexes and
   * manifests that are here, and through referrers. Tags `sha256-<hex>[.sig|.att|.sbom]` are not
   * among them: the tags that lead to that digest stand for them.
   * @throws RepositoryTooLargeError, or Error with the system's code. Neither says that no tag leads there.
   */
  tagsLeadingTo(reference: DigestReference): Promise<readonly string[]>;
  /** The repositories of an upstream that have manifests, each before the ones below it. */
  repositories(upstreamId: string): AsyncIterable<string>;
  /** All tags of a repository, in order. */
  tags(reference: RepositoryReference): AsyncIterable<string>;
}

export interface CatalogOptions {
  /**
   * The memory for what leads to what, of the repositories that were asked for last. By default
   * 64 MiB. An index of 8 platforms and an image with 6 blobs of its own, 10,000 times each with a
   * tag, take 30 MiB.
   */
  readonly capacityBytes?: number;
}

const CAPACITY_BYTES = 64 * 1024 * 1024;

/**
 * Opens the store for reading. A repository is read when it is asked for first. After that the
 * answer costs five `stat`s while nothing changes, and a change costs a look at what has changed.
 *
 * Measured with 10,000 tags on two busy cores: 1.5 s for the first answer and 0.13 s after a change
 * of a tag, both in slices of 5 ms; 20 µs while nothing changes.
 */
export function openCatalog(
  storeRoot: string,
  { capacityBytes = CAPACITY_BYTES }: CatalogOptions = {},
): Catalog {
  const indexes = createBoundedMap<string, RepositoryIndex>(
    capacityBytes,
    ({ sizeBytes }) => sizeBytes,
  );

  const indexOf = (key: string, { upstreamId, repository }: RepositoryReference) => {
    const known = indexes.get(key);
    if (known !== undefined) return known;
    const directory = repositoryDir(storeRoot, upstreamId, repository);
    const index = new RepositoryIndex(storeRoot, directory, capacityBytes);
    indexes.set(key, index);
    return index;
  };

  return {
    async tagsLeadingTo({ digest, ...reference }) {
      if (!isRepository(reference.repository) || !isDigest(digest)) return [];
      const key = `${reference.upstreamId} ${reference.repository}`;
      const index = indexOf(key, reference);
      const before = index.sizeBytes;
      const graph = await index.current();
      // Another repository may have taken its place meanwhile, or it may have grown.
      if (index.sizeBytes !== before || !indexes.has(key)) indexes.set(key, index);
      return graph.tagsLeadingTo(digest);
    },
    repositories: (upstreamId) => listRepositories(repositoriesDir(storeRoot, upstreamId)),
    tags: ({ upstreamId, repository }) =>
      listTags(repositoryDir(storeRoot, upstreamId, repository)),
  };
}
