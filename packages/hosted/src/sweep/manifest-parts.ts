import { digestIn, parseDescriptors, parseObject } from '@registry-cache/domain';

/** The other content that a manifest or an index names. */
export interface ManifestParts {
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
  readonly subject: string | undefined;
}

/** Reads which content a manifest names. Other content names nothing. */
export function parseManifestParts(bytes: Uint8Array): ManifestParts {
  const parts = parseDescriptors(bytes);
  return {
    blobs: parts.filter(({ isManifest }) => !isManifest).map((part) => part.digest),
    manifests: parts.filter(({ isManifest }) => isManifest).map((part) => part.digest),
    subject: digestIn(parseObject(bytes).subject)[0],
  };
}
