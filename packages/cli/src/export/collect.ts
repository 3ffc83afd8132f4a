import {
  allReferences,
  BundleCollector,
  type BundlePlan,
  readRepository,
} from '@registry-cache/bundle';
import { openCatalog } from '@registry-cache/catalog';
import { type listReferenceNames, resolveReference } from '@registry-cache/config';
import { HOSTED_ID, hostedDir, InvalidInputError, type Issue } from '@registry-cache/domain';
import { findStoredBlob } from '../find-stored-blob.ts';
import type { ListedReference } from './read-list.ts';

export interface CollectRequest {
  /** The store. */
  readonly root: string;
  /** Of the model. Only root may read some of its files. */
  readonly names: ReturnType<typeof listReferenceNames>;
  /** Every image that is whole, in place of `references`. */
  readonly isAll: boolean;
  readonly references: readonly ListedReference[];
  /** Only this platform of each image. */
  readonly platform: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Finds the images in the store, and everything that they need.
 * @throws InvalidInputError for names that are none, and for registries that are not served here.
 */
export async function collect(request: CollectRequest): Promise<BundlePlan> {
  const { root, names, isAll, references, platform, signal } = request;
  // Hosted images are in a tree of their own.
  const trees = { cached: root, hosted: hostedDir(root) };
  const catalogs = { cached: openCatalog(trees.cached), hosted: openCatalog(trees.hosted) };
  const collector = new BundleCollector({ blobSize: sizeOf(root), platform });
  const add = async (place: Place, wanted: readonly string[] | undefined) => {
    signal.throwIfAborted();
    const { tree, name, ...reference } = place;
    const read = await readRepository(trees[tree], catalogs[tree], name, reference);
    collector.add(read, wanted ?? allReferences(read));
  };
  if (isAll) {
    for (const { id: upstreamId, host } of names.upstreams) {
      for await (const repository of catalogs.cached.repositories(upstreamId)) {
        const name = `${host}/${repository}`;
        await add({ tree: 'cached', name, upstreamId, repository }, undefined);
      }
    }
    for await (const repository of catalogs.hosted.repositories(HOSTED_ID)) {
      const [registry = ''] = repository.split('/');
      if (names.hosted.includes(registry)) await add(hostedPlace(repository), undefined);
    }
    return collector.result();
  }
  const resolved = resolveAll(references, names);
  for (const group of Map.groupBy(resolved, ({ place }) => place.name).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const wanted = group.map(({ reference }) => reference);
    await add(first.place, wanted);
  }
  return collector.result();
}

/** Where a repository is in the store. */
interface Place {
  readonly tree: 'cached' | 'hosted';
  /** `quay.io/coreos/etcd` */
  readonly name: string;
  readonly upstreamId: string;
  readonly repository: string;
}

/** In the tree of hosted images, repositories have the registry's name in front. */
function hostedPlace(name: string): Place {
  return { tree: 'hosted', name, upstreamId: HOSTED_ID, repository: name };
}

interface Served {
  readonly place: Place;
  /** A tag or a digest. */
  readonly reference: string;
}

/** @throws InvalidInputError with all names that are wrong. */
function resolveAll(
  references: readonly ListedReference[],
  names: Parameters<typeof resolveReference>[2],
): Served[] {
  const issues: Issue[] = [];
  const served: Served[] = [];
  for (const { path, text } of references) {
    const resolved = resolveReference(path, text, names);
    if (!resolved.ok) {
      issues.push(...resolved.issues);
      continue;
    }
    const { upstream, registry, repository, reference, isHosted } = resolved.value;
    const name = `${registry}/${repository}`;
    if (isHosted) served.push({ place: hostedPlace(name), reference });
    else if (upstream !== undefined) {
      served.push({
        place: { tree: 'cached', name, upstreamId: upstream.id, repository },
        reference,
      });
    } else {
      const accepted = `a registry that is served here: ${names.upstreams.map(({ key }) => key).join(', ')}`;
      issues.push({ path, found: `${registry}, of ${text}`, accepted });
    }
  }
  if (issues.length > 0) throw new InvalidInputError(issues);
  return served;
}

/** Each blob is looked at once. */
function sizeOf(root: string): (digest: string) => number | undefined {
  const known = new Map<string, number | undefined>();
  return (digest) => {
    if (known.has(digest)) return known.get(digest);
    const sizeBytes = findStoredBlob(root, digest)?.sizeBytes;
    known.set(digest, sizeBytes);
    return sizeBytes;
  };
}
