import { badQuery } from '../../wire/errors/registry-error.ts';
import { hasForeignCursor } from '../../wire/http/cursor.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { listResponse } from '../lists/respond-with-list.ts';
import { tagsPage } from '../lists/tags.ts';
import type { HereDeps } from './here-deps.ts';
import { notHere } from './not-here.ts';

/**
 * Responds with the tags that are here.
 * @throws RegistryError 403 if the repository is not here, or a page that only the registry has;
 * 400 for a query that is not valid.
 */
export async function tagsFromHere(
  { listTags, listRevisions, mayShowTag = () => true }: HereDeps,
  request: RegistryRequest,
  refusal: string,
): Promise<RegistryResponse> {
  const { repository } = request.path;
  if (hasForeignCursor(request.target)) throw notHere(refusal);
  const tags = await listTags(repository);
  if (tags.length === 0 && (await listRevisions(repository)).length === 0) throw notHere(refusal);
  const page = tagsPage(tags.filter(mayShowTag), request);
  if (page === undefined) throw badQuery('n of a list must be a number of at most 9 digits');
  return listResponse(page, request, 'STALE');
}
