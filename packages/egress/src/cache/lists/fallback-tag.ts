import { buffer } from 'node:stream/consumers';
import { OCI_INDEX, type RegistryPath, splitDigest } from '@registry-cache/domain';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import { respondWithManifestOf } from '../manifest.ts';
import type { Listing } from '../memory/listing-memory.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { formatIndex, parseIndex, type Referrer } from './referrers-index.ts';

type ReferrersPath = Extract<RegistryPath, { kind: 'referrers' }>;

/**
 * The referrers that clients note in a tag where the registry lacks the API, filtered here as
 * the API would; an empty index where there is no such tag.
 * Source: OCI distribution specification 1.1, "Unavailable Referrers API" and "Referrers Tag Schema".
 * @throws RegistryError, or whatever kept the upstream from being asked.
 */
export async function fetchFallbackTag(
  context: UpstreamContext,
  request: RegistryRequest,
  { repository, digest }: ReferrersPath,
): Promise<Listing> {
  const entries = await readTag(context, request, repository, formatTag(digest));
  const type = new URLSearchParams(request.target.split('?')[1]).get('artifactType');
  const wanted = entries.filter(({ artifactType }) => type === null || artifactType === type);
  const bytes = formatIndex(wanted);
  return {
    headers: {
      'content-type': OCI_INDEX,
      'content-length': String(bytes.length),
      ...(type !== null && { 'oci-filters-applied': 'artifactType' }),
    },
    bytes,
  };
}

function formatTag(digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

async function readTag(
  context: UpstreamContext,
  { signal }: RegistryRequest,
  repository: string,
  reference: string,
): Promise<Referrer[]> {
  const path = { kind: 'manifest', repository, reference } as const;
  const target = `/v2/${repository}/manifests/${reference}`;
  const asked: Pick<RegistryRequest, 'path' | 'target' | 'accept'> = {
    path,
    target,
    accept: OCI_INDEX,
  };
  const nothing = { range: undefined, ifNoneMatch: undefined, canSendfile: false };
  try {
    const response = await respondWithManifestOf(
      context,
      { method: 'GET', ...asked, ...nothing, signal },
      path,
    );
    if (response.body === undefined) return [];
    return parseIndex(await buffer(response.body)) ?? [];
  } catch (error) {
    // Where the repository itself is unknown, nothing was said about its referrers.
    if (error instanceof RegistryError && error.status === 404 && error.code !== 'NAME_UNKNOWN') {
      return [];
    }
    throw error;
  }
}
