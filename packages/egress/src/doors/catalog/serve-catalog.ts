import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EgressUpstream, INTERNAL_HEADERS, type Secret } from '@registry-cache/domain';
import type { ReadListRights } from '../../cache/contract/list-rights.ts';
import { planCatalogPage } from '../../cache/lists/catalog-page.ts';
import type { StoredImages } from '../../cache/lists/stored-images.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import { badQuery } from '../../wire/errors/registry-error.ts';
import { LONGEST_QUERY } from '../../wire/http/cursor.ts';
import { callerUpstream } from '../server/boot-auth.ts';
import { readCaller } from '../server/read-request.ts';
import { refusal } from '../server/refusal.ts';
import { sendError, sendJson } from '../server/respond.ts';

const PATH = '/v2/_catalog';

export interface CatalogDeps {
  readonly bootSecret: () => Promise<Secret>;
  /** The upstreams as they are now. */
  readonly upstreams: () => Promise<readonly Pick<EgressUpstream, 'id' | 'key' | 'triesLogins'>[]>;
  readonly images: StoredImages;
  readonly listRights: ReadListRights;
}

/**
 * Serves `/v2/_catalog`, for the edge alone: the images that are here and that the caller may pull,
 * as `<registry>/<repository>`. No upstream is asked. If the client came by the name of one registry,
 * its repositories have no registry in front.
 * @returns whether the request was for this path.
 */
export async function serveCatalog(
  deps: CatalogDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [path, search = ''] = (request.url ?? '').split(/\?(.*)/s);
  if (path !== PATH) return false;
  try {
    if (callerUpstream(request, await deps.bootSecret()) === undefined) {
      throw refusal(401, 'boot-secret', 'egress answers only callers that hold the boot secret');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw refusal(405, 'request', `${request.method} is not supported`, { allow: 'GET, HEAD' });
    }
    const { names, next } = await findPage(deps, request, search);
    const link = next === undefined ? {} : { link: `<${PATH}?${next}>; rel="next"` };
    sendJson(response, 200, JSON.stringify({ repositories: names }), link);
  } catch (error) {
    sendError(response, toRegistryError(error, 'this cache'));
  }
  return true;
}

/** @throws RegistryError 400 for a query that is not valid, 404 for a registry without an upstream. */
async function findPage(
  { upstreams, images, listRights }: CatalogDeps,
  { headers }: IncomingMessage,
  search: string,
) {
  if (search.length > LONGEST_QUERY) {
    throw badQuery(`a query can have at most ${LONGEST_QUERY} characters`);
  }
  const caller = readCaller(headers);
  const registry = headers[INTERNAL_HEADERS.registry.key]?.toString();
  const named = (await upstreams()).filter(
    ({ key }) => registry === undefined || key.split('/', 1)[0] === registry,
  );
  // Where the registry decides about each client, strangers see no names.
  const shown = named.filter(({ triesLogins }) => !triesLogins || caller?.user !== undefined);
  if (registry !== undefined && named.length === 0) {
    throw refusal(404, 'request', `${JSON.stringify(registry)} is not served here`);
  }
  const prefix = registry === undefined ? '' : `${registry}/`;
  const found = (await images.listOf(shown)).map((image) => image.slice(prefix.length));
  const rights = listRights();
  const mayShow = async (name: string) => {
    if (rights === undefined) return true;
    const image = prefix + name;
    if (caller === undefined || !rights.mayPullSome(caller, image)) return false;
    if (rights.mayPullAll(caller, image)) return true;
    const tags = await images.tagsOf(shown, image);
    return tags.some((tag) => rights.mayPullTag(caller, image, tag));
  };
  const page = await planCatalogPage(found, new URLSearchParams(search), mayShow);
  if (page === undefined) throw badQuery('n of a list must be a number of at most 9 digits');
  return page;
}
