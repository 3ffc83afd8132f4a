import { buffer } from 'node:stream/consumers';
import { OCI_INDEX, type RegistryPath, referrersTag } from '@registry-cache/domain';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import { respondByTag } from '../tags/respond-by-tag.ts';
import type { TagDeps } from '../tags/tag-deps.ts';
import type { RegistryList } from './list-memory.ts';
import { filteredIndex, parseIndex, type Referrer } from './referrers-index.ts';

type ReferrersPath = Extract<RegistryPath, { kind: 'referrers' }>;

/**
 * The referrers in the tag that clients write where the registry lacks the API. They are filtered
 * here as the API would filter them. Without such a tag the index is empty.
 * Source: OCI distribution specification 1.1, "Unavailable Referrers API" and "Referrers Tag Schema".
 * @throws RegistryError, or any failure to ask the upstream.
 */
export async function fetchFallbackTag(
  deps: TagDeps,
  request: RegistryRequest,
  { repository, digest }: ReferrersPath,
): Promise<RegistryList> {
  const entries = await readTag(deps, request, repository, referrersTag(digest));
  return filteredIndex(entries, request);
}

async function readTag(
  deps: TagDeps,
  { signal }: RegistryRequest,
  repository: string,
  tag: string,
): Promise<Referrer[]> {
  const request: RegistryRequest = {
    method: 'GET',
    path: { kind: 'manifest', repository, reference: tag },
    target: `/v2/${repository}/manifests/${tag}`,
    accept: OCI_INDEX,
    range: undefined,
    ifNoneMatch: undefined,
    canSendfile: false,
    signal,
  };
  try {
    const { upstreamId } = deps;
    const response = await respondByTag(deps, request, { upstreamId, repository, tag });
    if (response.body === undefined) return [];
    return parseIndex(await buffer(response.body)) ?? [];
  } catch (error) {
    // An unknown repository says nothing about its referrers.
    if (error instanceof RegistryError && error.status === 404 && error.code !== 'NAME_UNKNOWN') {
      return [];
    }
    throw error;
  }
}
