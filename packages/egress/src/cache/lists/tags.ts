import { hasForeignCursor } from '../../wire/http/cursor.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { Listing } from '../memory/listing-memory.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { fetchList } from './fetch-list.ts';
import { respondWithList } from './respond-with-list.ts';
import { planPage } from './tags-page.ts';

/**
 * The tags of a repository: the upstream's, and while it is ill those that are here.
 * @throws RegistryError
 */
export function respondWithTags(
  context: UpstreamContext,
  request: RegistryRequest,
): Promise<RegistryResponse> {
  return respondWithList(context, request, {
    fetch: async (asked) => afterLast(withName(await fetchList(context, asked), asked), asked),
    fallBack: async () => {
      if (hasForeignCursor(request.target)) return undefined;
      const tags = await context.listTags(request.path.repository);
      return tags.length === 0 ? undefined : listPage(tags, request);
    },
  });
}

/** The repository has the name by which it was asked for, whatever the upstream calls it. */
function withName(listing: Listing, { path: { repository } }: RegistryRequest): Listing {
  const list = readJson(listing);
  if (list?.name === undefined || list.name === repository) return listing;
  const bytes = Buffer.from(JSON.stringify({ ...list, name: repository }));
  return { headers: { ...listing.headers, 'content-length': String(bytes.length) }, bytes };
}

/**
 * An upstream that looks at `last` only where there is an `n` (distribution) repeats what the client
 * has seen. Only such a list has `last` itself in it; whatever order others keep is theirs.
 */
function afterLast(listing: Listing, request: RegistryRequest): Listing {
  const last = queryOf(request).get('last');
  const tags = last === null ? [] : readTags(listing);
  return last !== null && tags.includes(last) ? (listPage(tags, request) ?? listing) : listing;
}

function readTags(listing: Listing): string[] {
  const tags = readJson(listing)?.tags;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

/** Undefined for what is no JSON object. */
function readJson({ bytes }: Listing): { name?: unknown; tags?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The page that is asked for; undefined where that cannot be understood. */
function listPage(tags: readonly string[], request: RegistryRequest): Listing | undefined {
  const { repository } = request.path;
  const page = planPage(tags, queryOf(request));
  if (page === undefined) return undefined;
  const bytes = Buffer.from(JSON.stringify({ name: repository, tags: page.tags }));
  const link = `</v2/${repository}/tags/list?${page.next}>; rel="next"`;
  return {
    headers: {
      'content-type': 'application/json',
      'content-length': String(bytes.length),
      ...(page.next !== undefined && { link }),
    },
    bytes,
  };
}

function queryOf({ target }: RegistryRequest): URLSearchParams {
  return new URLSearchParams(target.split('?')[1]);
}
