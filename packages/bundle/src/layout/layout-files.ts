import { OCI_INDEX, splitDigest } from '@registry-cache/domain';
import { formatImageName, type ImageName } from './image-name.ts';

/*
 * The files of an OCI image layout. Source: OCI image specification 1.1, "Image Layout"; containerd
 * for the annotation by which it, and docker with its store, name an image.
 */
export const LAYOUT_FILE = 'oci-layout';
export const INDEX_FILE = 'index.json';
export const LAYOUT_TEXT = '{"imageLayoutVersion":"1.0.0"}';
/** `docker load` reads this file first. */
export const DOCKER_FILE = 'manifest.json';
export const REF_NAME = 'org.opencontainers.image.ref.name';
export const CONTAINERD_NAME = 'io.containerd.image.name';
/** Marks an index of which some platforms are not in the bundle, and names them. */
export const MISSING_PLATFORMS = 'registry-cache.missing-platforms';

/** An entry of `index.json`. */
export interface LayoutImage extends ImageName {
  readonly digest: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly artifactType?: string | undefined;
  /** Platforms of an index that are not in the bundle. */
  readonly missingPlatforms: readonly string[];
}

export function blobName(digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}

export function formatIndex(images: readonly LayoutImage[]): string {
  const manifests = images.map((image) => {
    const full = formatImageName(image);
    const missing = image.missingPlatforms.join(' ');
    return {
      mediaType: image.mediaType,
      digest: image.digest,
      size: image.sizeBytes,
      ...(image.artifactType !== undefined && { artifactType: image.artifactType }),
      annotations: {
        [CONTAINERD_NAME]: full,
        [REF_NAME]: full,
        ...(missing !== '' && { [MISSING_PLATFORMS]: missing }),
      },
    };
  });
  return `${JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, undefined, 1)}\n`;
}
