import { asList, asObject, parseObject } from './json-object.ts';
import { isDigest } from './reference.ts';

/** The limit of clients and registries. A larger blob is no manifest. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** The most entries that a manifest or an index may have. No real image has so many. */
export const MAX_MANIFEST_PARTS = 2_000;

/** An entry of a manifest, for one blob or manifest. */
export interface Descriptor {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly isManifest: boolean;
}

/**
 * Lists the config, layers and manifests that a manifest or an index names. Empty for other
 * content. Source: OCI image specification 1.1, "Content Descriptors".
 */
export function parseDescriptors(bytes: Uint8Array): Descriptor[] {
  const { config, layers, manifests } = parseObject(bytes);
  return [
    ...[config, ...asList(layers)].flatMap((value) => read(value, false)),
    ...asList(manifests).flatMap((value) => read(value, true)),
  ];
}

/** How many entries a manifest or an index has, also those without a digest. 0 for other content. */
export function countParts(bytes: Uint8Array): number {
  const { config, layers, manifests } = parseObject(bytes);
  return (config === undefined ? 0 : 1) + asList(layers).length + asList(manifests).length;
}

function read(value: unknown, isManifest: boolean): Descriptor[] {
  const { digest, size } = asObject(value);
  if (typeof digest !== 'string' || !isDigest(digest)) return [];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return [];
  return [{ digest, sizeBytes: size, isManifest }];
}

/** The digest of a descriptor, in a list; an empty list for any other value. */
export function digestIn(descriptor: unknown): readonly string[] {
  const { digest } = asObject(descriptor);
  return typeof digest === 'string' && isDigest(digest) ? [digest] : [];
}

/**
 * Whether clients get a layer from elsewhere, so that no registry needs to have it. Sources: OCI
 * image specification 1.1, "Non-Distributable Layers"; Docker image manifest v2, schema 2, for
 * foreign layers.
 */
export function isForeignLayer(descriptor: unknown): boolean {
  const { mediaType } = asObject(descriptor);
  return typeof mediaType === 'string' && /\.(?:foreign|nondistributable)\./.test(mediaType);
}
