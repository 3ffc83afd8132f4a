import { RegistryError } from '../../wire/errors/registry-error.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { TagsPage } from './shown-tags.ts';

/** More pages of a list are not read to put frozen tags among them. */
const MAX_PAGES = 100;

/**
 * All tags of a repository: those of its registry, with the frozen ones among them. The registry's
 * list is read whole, because its pages have no room for more tags. A repository that the registry
 * does not have, or does not show, has the frozen tags alone.
 *
 * @param fetch reads one page of the registry's list.
 * @returns undefined if the registry's list has too many pages, or pages that lead in a circle.
 * @throws RegistryError if the registry does not answer.
 */
export async function listWithFrozen(
  frozen: readonly string[],
  { path: { repository } }: RegistryRequest,
  fetch: (target: string) => Promise<TagsPage>,
): Promise<readonly string[] | undefined> {
  const tags = new Set(frozen);
  const seen = new Set<string>();
  let next: string | undefined = `/v2/${repository}/tags/list`;
  try {
    while (next !== undefined) {
      if (seen.size === MAX_PAGES || seen.has(next)) return undefined;
      seen.add(next);
      const page: TagsPage = await fetch(next);
      for (const tag of page.tags) tags.add(tag);
      next = page.next;
    }
  } catch (error) {
    if (!isUnknown(error)) throw error;
  }
  return [...tags];
}

/** Whether the registry replied that there is no such repository, or none for this login. */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof RegistryError) || error.phase === 'page') return false;
  return error.status === 404 || error.status === 401 || error.status === 403;
}
