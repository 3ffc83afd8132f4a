import {
  allReferences,
  BundleCollector,
  type BundlePlan,
  readRepository,
} from '@registry-cache/bundle';
import { openCatalog } from '@registry-cache/catalog';
import {
  type listReferenceNames,
  type ResolvedReference,
  resolveReference,
} from '@registry-cache/config';
import { InvalidInputError, type Issue } from '@registry-cache/domain';
import { storeBlobSize } from '../store-blob-size.ts';
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
  const catalog = openCatalog(root);
  const collector = new BundleCollector({ blobSize: sizeOf(root), platform });
  const add = async (
    upstreamId: string,
    registry: string,
    repository: string,
    wanted: readonly string[] | undefined,
  ) => {
    signal.throwIfAborted();
    const reference = { upstreamId, repository };
    const read = await readRepository(root, catalog, `${registry}/${repository}`, reference);
    collector.add(read, wanted ?? allReferences(read));
  };
  if (isAll) {
    for (const { id, host } of names.upstreams) {
      for await (const repository of catalog.repositories(id)) {
        await add(id, host, repository, undefined);
      }
    }
    return collector.result();
  }
  const resolved = resolveAll(references, names);
  for (const group of Map.groupBy(
    resolved,
    (one) => `${one.registry}/${one.repository}`,
  ).values()) {
    const [first] = group;
    if (first === undefined) continue;
    const wanted = group.map(({ reference }) => reference);
    await add(first.upstreamId, first.registry, first.repository, wanted);
  }
  return collector.result();
}

type Served = Omit<ResolvedReference, 'upstream'> & { readonly upstreamId: string };

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
    const { upstream, ...rest } = resolved.value;
    if (upstream !== undefined) served.push({ ...rest, upstreamId: upstream.id });
    else {
      const accepted = `a registry that is served here: ${names.upstreams.map(({ key }) => key).join(', ')}`;
      issues.push({ path, found: `${rest.registry}, of ${text}`, accepted });
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
    const sizeBytes = storeBlobSize(root, digest);
    known.set(digest, sizeBytes);
    return sizeBytes;
  };
}
