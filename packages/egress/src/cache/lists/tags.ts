import { hasForeignCursor } from '../../wire/http/cursor.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { fetchList } from './fetch-list.ts';
import type { TagListDeps } from './list-deps.ts';
import type { RegistryList } from './list-memory.ts';
import { respondWithList } from './respond-with-list.ts';
import { fillPage, type TagsPage } from './shown-tags.ts';
import { planPage } from './tags-page.ts';
import { listWithFrozen } from './tags-with-frozen.ts';

/**
 * Responds with the tags of a repository: the upstream's, or the stored ones while the upstream
 * does not answer.
 * @throws RegistryError
 */
export function respondWithTags(
  deps: TagListDeps,
  request: RegistryRequest,
): Promise<RegistryResponse> {
  const fetchOwn = async (asked: RegistryRequest) =>
    afterLast(withName(await fetchList(deps, asked), asked), asked);
  const fetch = (asked: RegistryRequest) => fetchWithFrozen(deps, asked, fetchOwn);
  const { mayShowTag = () => true } = deps;
  let isFallback = false;
  return respondWithList(deps, request, {
    fetch,
    fallBack: async () => {
      isFallback = true;
      if (hasForeignCursor(request.target)) return undefined;
      const tags = await deps.listTags(request.path.repository);
      return tags.length === 0 ? undefined : tagsPage(tags.filter(mayShowTag), request);
    },
    // What is here was filtered before it was cut into pages.
    show: (list) => (isFallback ? list : onlyShown(deps, list, request, fetch)),
  });
}

/** The registry's page, or where tags are frozen, the page of all tags together. */
async function fetchWithFrozen(
  { pins, lists, upstreamId }: TagListDeps,
  request: RegistryRequest,
  fetch: (request: RegistryRequest) => Promise<RegistryList>,
): Promise<RegistryList> {
  const frozen = await pins.listFrozen(upstreamId, request.path.repository);
  if (frozen.length === 0 || hasForeignCursor(request.target)) return fetch(request);
  const tags = await listWithFrozen(frozen, request, async (target) =>
    toPage(await lists.share(`${upstreamId} own ${target}`, () => fetch({ ...request, target }))),
  );
  return (tags && tagsPage(tags, request)) ?? fetch(request);
}

/** Leaves out what the caller may not see. */
async function onlyShown(
  { mayShowTag, lists, upstreamId }: TagListDeps,
  list: RegistryList,
  request: RegistryRequest,
  fetch: (request: RegistryRequest) => Promise<RegistryList>,
): Promise<RegistryList> {
  if (mayShowTag === undefined) return list;
  const [path = ''] = request.target.split('?', 1);
  const asked = queryOf(request).get('n');
  const wanted = asked !== null && /^\d{1,9}$/.test(asked) ? Number(asked) : undefined;
  const { tags, next } = await fillPage(path, toPage(list), wanted, mayShowTag, async (target) =>
    toPage(await lists.share(`${upstreamId} ${target}`, () => fetch({ ...request, target }))),
  );
  const bytes = Buffer.from(JSON.stringify({ name: request.path.repository, tags }));
  const { link: _, ...headers } = list.headers;
  return {
    headers: {
      ...headers,
      ...(next !== undefined && { link: `<${next}>; rel="next"` }),
      'content-length': String(bytes.length),
    },
    bytes,
  };
}

function toPage(list: RegistryList): TagsPage {
  return { tags: readTags(list), next: /^<([^>]*)>/.exec(list.headers.link ?? '')?.[1] };
}

/** Sets the repository's name to the requested one. The upstream may use another. */
function withName(list: RegistryList, { path: { repository } }: RegistryRequest): RegistryList {
  const content = readJson(list);
  if (content?.name === undefined || content.name === repository) return list;
  const bytes = Buffer.from(JSON.stringify({ ...content, name: repository }));
  return { headers: { ...list.headers, 'content-length': String(bytes.length) }, bytes };
}

/**
 * Leaves out the tags that the client has seen, if the upstream did not. Some upstreams, such as
 * distribution, look at `last` only if there is an `n`. Only their list contains `last` itself. Other
 * lists stay as they are, whatever their order.
 */
function afterLast(list: RegistryList, request: RegistryRequest): RegistryList {
  const last = queryOf(request).get('last');
  const tags = last === null ? [] : readTags(list);
  return last !== null && tags.includes(last) ? (tagsPage(tags, request) ?? list) : list;
}

function readTags(list: RegistryList): string[] {
  const tags = readJson(list)?.tags;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

/** Undefined for bytes that are not a JSON object. */
function readJson({ bytes }: RegistryList): { name?: unknown; tags?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The requested page of tags; undefined for a query that is not valid. */
export function tagsPage(
  tags: readonly string[],
  request: RegistryRequest,
): RegistryList | undefined {
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
