import { openCatalog } from '@registry-cache/catalog';
import { HOSTED_ID, hostedDir } from '@registry-cache/domain';

/** No upstream's id has a colon. */
const PREFIX = 'hosted:';

/** Stands in lists for a registry whose images are pushed here. */
export function hostedId(registry: string): string {
  return `${PREFIX}${registry}`;
}

/**
 * The repositories of an upstream, or of a registry by its `hostedId`, which have a manifest here. It
 * reads the folders one after the other, so that a large store does not take the disk from pulls.
 * @param limit the most repositories that are listed.
 * @throws an error of the disk.
 */
export async function listRepositoriesOf(
  storeRoot: string,
  id: string,
  limit: number,
): Promise<string[]> {
  if (!id.startsWith(PREFIX)) return take(openCatalog(storeRoot).repositories(id), limit);
  const start = `${id.slice(PREFIX.length)}/`;
  const all = await take(openCatalog(hostedDir(storeRoot)).repositories(HOSTED_ID), limit);
  return all.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
}

/** The tags of such a repository. @throws an error of the disk. */
export function listTagsOf(storeRoot: string, id: string, repository: string): Promise<string[]> {
  if (!id.startsWith(PREFIX)) return listTagNames(storeRoot, id, repository);
  const name = `${id.slice(PREFIX.length)}/${repository}`;
  return listTagNames(hostedDir(storeRoot), HOSTED_ID, name);
}

/** The stored tags of a repository; empty for an unknown one. @throws an error of the disk. */
export function listTagNames(
  root: string,
  upstreamId: string,
  repository: string,
): Promise<string[]> {
  return take(openCatalog(root).tags({ upstreamId, repository }), Number.POSITIVE_INFINITY);
}

async function take(names: AsyncIterable<string>, limit: number): Promise<string[]> {
  const found: string[] = [];
  for await (const name of names) {
    if (found.length >= limit) break;
    found.push(name);
  }
  return found;
}
