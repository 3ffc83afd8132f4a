import { isDigest } from '@registry-cache/domain';

/**
 * The digests of a manifest's config and layers, so that an image ages as one. An index has
 * none here: a client that pulls one platform asks for that platform's manifest itself, and
 * what others of its platforms are in the store must be free to age.
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
