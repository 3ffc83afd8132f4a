import { asList, asObject, digestIn, isForeignLayer, parseObject } from '@registry-cache/domain';

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
    required: blobs.filter((blob) => !isForeignLayer(blob)).flatMap(readDigest),
    manifests: asList(manifests).flatMap(digestIn),
    subject: digestIn(subject)[0],
  };
}

/** Schema 1 has digests by another name. */
function readDigest(descriptor: unknown): readonly string[] {
  const { blobSum } = asObject(descriptor);
  return blobSum === undefined ? digestIn(descriptor) : digestIn({ digest: blobSum });
}
