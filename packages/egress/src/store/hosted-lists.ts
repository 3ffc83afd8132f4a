import { HOSTED_ID, hostedDir } from '@registry-cache/domain';
import { listRepositories } from './repositories.ts';
import { listTagNames } from './tag-names.ts';

/** No upstream's id has a colon. */
const PREFIX = 'hosted:';

/** Stands in lists for a registry whose images are pushed here. */
export function hostedId(registry: string): string {
  return `${PREFIX}${registry}`;
}

/** The repositories of an upstream, or of a registry by its `hostedId`. */
export async function listRepositoriesOf(
  storeRoot: string,
  id: string,
  limit: number,
): Promise<string[]> {
  if (!id.startsWith(PREFIX)) return listRepositories(storeRoot, id, limit);
  const start = `${id.slice(PREFIX.length)}/`;
  const all = await listRepositories(hostedDir(storeRoot), HOSTED_ID, limit);
  return all.filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
}

/** The tags of such a repository. */
export function listTagsOf(
  storeRoot: string,
  id: string,
  repository: string,
): ReturnType<typeof listTagNames> {
  if (!id.startsWith(PREFIX)) return listTagNames(storeRoot, id, repository);
  const name = `${id.slice(PREFIX.length)}/${repository}`;
  return listTagNames(hostedDir(storeRoot), HOSTED_ID, name);
}
