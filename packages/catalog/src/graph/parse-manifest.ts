import { asList, digestIn, parseObject } from '@registry-cache/domain';

/** The other content that a manifest or an index names. */
export interface ManifestLinks {
  /** The digests of the config, the layers and the manifests. */
  readonly children: readonly string[];
  /** The manifest that this one refers to. */
  readonly subject: string | undefined;
}

/**
 * Reads which content a manifest names. Other content names nothing. Sources: OCI image
 * specification 1.1, "Image Manifest" and "Image Index".
 */
export function parseManifestLinks(bytes: Uint8Array): ManifestLinks {
  const { config, layers, manifests, subject } = parseObject(bytes);
  const children = [config, ...asList(layers), ...asList(manifests)].flatMap(digestIn);
  return { children: [...new Set(children)], subject: digestIn(subject)[0] };
}
