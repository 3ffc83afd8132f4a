import { asObject, isDigest, parseObject } from '@registry-cache/domain';

/** A blob that an image manifest names. */
export interface ImageBlob {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** A manifest with more blobs than this is not a real image. */
const MAX_BLOBS = 1000;

/**
 * The config and layers of an image manifest, in its order. The list is empty for an index, and for
 * bytes that are not a manifest. Foreign layers are left out: clients fetch them from their `urls`.
 */
export function parseImageBlobs(manifest: Uint8Array): readonly ImageBlob[] {
  const { config, layers } = parseObject(manifest);
  if (!Array.isArray(layers) || layers.length > MAX_BLOBS) return [];
  const blobs = [config, ...layers].flatMap((descriptor) => {
    const { digest, size, urls } = asObject(descriptor);
    const isForeign = Array.isArray(urls) && urls.length > 0;
    if (typeof digest !== 'string' || !isDigest(digest) || isForeign) return [];
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return [];
    return [{ digest, sizeBytes: size }];
  });
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
