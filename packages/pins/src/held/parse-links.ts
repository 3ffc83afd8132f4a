import { asObject, isDigest, parseObject } from '@registry-cache/domain';

/** The other content that a manifest or an index names, by digests. */
export interface Links {
  /** Its config and layers. */
  readonly blobs: readonly string[];
  /** Those of them that registries have. Clients fetch the others from elsewhere. */
  readonly required: readonly string[];
  /** The manifests of an index. */
  readonly manifests: readonly string[];
  /** The manifest that this one refers to. */
  readonly subject: string | undefined;
}

/**
 * Reads which content a manifest names. Other content names nothing. Sources: OCI image
 * specification 1.1, "Image Manifest" and "Image Index"; Docker's image manifest, version 2,
 * schema 1, for `fsLayers`.
 */
export function parseLinks(bytes: Uint8Array): Links {
  const { config, layers, fsLayers, manifests, subject } = parseObject(bytes);
  const blobs = [config, ...asList(layers), ...asList(fsLayers)];
  return {
    blobs: blobs.flatMap(readDigest),
    required: blobs.filter((blob) => !isForeign(blob)).flatMap(readDigest),
    manifests: asList(manifests).flatMap(readDigest),
    subject: readDigest(subject)[0],
  };
}

/** Source: OCI image specification 1.1, "Non-Distributable Layers"; Docker's foreign layers. */
function isForeign(descriptor: unknown): boolean {
  const { mediaType } = asObject(descriptor);
  return typeof mediaType === 'string' && /\.(?:foreign|nondistributable)\./.test(mediaType);
}

function readDigest(descriptor: unknown): string[] {
  const { digest, blobSum } = asObject(descriptor);
  return [digest, blobSum].filter((value) => typeof value === 'string').filter(isDigest);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
