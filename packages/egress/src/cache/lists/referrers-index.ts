import { OCI_INDEX } from '@registry-cache/domain';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryList } from './list-memory.ts';

/** One entry of an index. Its other keys are passed on unchanged. */
export interface Referrer {
  readonly digest?: unknown;
  readonly artifactType?: unknown;
}

/** The entries of an image index; undefined for anything else. */
export function parseIndex(bytes: Buffer): Referrer[] | undefined {
  try {
    const { manifests } = (JSON.parse(bytes.toString('utf8')) ?? {}) as { manifests?: unknown };
    if (!Array.isArray(manifests)) return undefined;
    return manifests.filter((entry) => typeof entry === 'object' && entry !== null);
  } catch {
    return undefined;
  }
}

/** The list with those entries that the request's `artifactType` leaves, as the API filters them. */
export function filteredIndex(
  entries: readonly Referrer[],
  { target }: Pick<RegistryRequest, 'target'>,
): RegistryList {
  const type = new URLSearchParams(target.split('?')[1]).get('artifactType');
  const manifests = entries.filter(({ artifactType }) => type === null || artifactType === type);
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  return {
    headers: {
      'content-type': OCI_INDEX,
      'content-length': String(bytes.length),
      ...(type !== null && { 'oci-filters-applied': 'artifactType' }),
    },
    bytes,
  };
}
