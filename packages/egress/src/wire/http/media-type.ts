export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** All that distribution can serve (registry/storage/manifeststore.go). */
export const SERVED_TYPES = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

/** The types that name other manifests, and are never a conversion of something else. */
export const INDEX_TYPES = [OCI_INDEX, DOCKER_LIST];

/**
 * The type of a manifest that the store can hold, from its bytes as distribution derives it;
 * undefined for what distribution could not serve, such as schema 1.
 */
export function servedType(bytes: Uint8Array): string | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof manifest !== 'object' || manifest === null) return undefined;
  const { schemaVersion, mediaType, manifests } = manifest as Record<string, unknown>;
  if (schemaVersion !== 2) return undefined;
  if (mediaType === undefined || mediaType === '') {
    return Array.isArray(manifests) ? OCI_INDEX : OCI_MANIFEST;
  }
  return SERVED_TYPES.find((type) => type === mediaType);
}
