import { OCI_INDEX, OCI_MANIFEST, SERVED_TYPES } from './media-types.ts';

/**
 * The type of a storable manifest, derived from its bytes as distribution does it. Undefined for
 * bytes that distribution could not serve, such as schema 1.
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
