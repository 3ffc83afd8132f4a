import { isDigest } from '@registry-cache/domain';

/**
 * The digests of a manifest's config and layers, so that an image ages as a whole. It gives none
 * for an index: a client requests the manifest of its platform itself, and the other platforms in
 * the store must age.
 */
export function parseManifestChildren(text: string): string[] {
  const manifest = parseObject(text);
  const layers = Array.isArray(manifest?.layers) ? manifest.layers : [];
  const digests = [manifest?.config, ...layers].map(
    (descriptor) => (descriptor as { digest?: unknown } | null | undefined)?.digest,
  );
  return digests.filter((digest) => typeof digest === 'string').filter(isDigest);
}

function parseObject(text: string): { config?: unknown; layers?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
