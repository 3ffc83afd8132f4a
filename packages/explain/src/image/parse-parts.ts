import { asList, asObject, digestIn, isForeignLayer, parseObject } from '@registry-cache/domain';

/** A blob that a manifest names. */
export interface NamedBlob {
  readonly digest: string;
  readonly mediaType: string;
  /** As the manifest says. */
  readonly sizeBytes: number;
  /** Whether clients get it from elsewhere. */
  readonly isForeign: boolean;
}

/** A manifest that an index names. */
export interface NamedManifest {
  readonly digest: string;
  /** Such as `linux/arm64/v8`; empty where the index names none. */
  readonly platform: string;
}

/** Names come from registries, so they may have any length. */
const MAX_LENGTH = 100;

/** The config and the layers of a manifest. Source: OCI image specification 1.1, "Image Manifest". */
export function parseBlobs(bytes: Uint8Array): NamedBlob[] {
  const { config, layers } = parseObject(bytes);
  return [config, ...asList(layers)].flatMap((descriptor) => {
    const { mediaType, size } = asObject(descriptor);
    return digestIn(descriptor).map((digest) => ({
      digest,
      mediaType: shorten(mediaType),
      sizeBytes: typeof size === 'number' && Number.isSafeInteger(size) ? Math.max(0, size) : 0,
      isForeign: isForeignLayer(descriptor),
    }));
  });
}

/** The manifests of an index; undefined for any other content. */
export function parseManifests(bytes: Uint8Array): NamedManifest[] | undefined {
  const { manifests } = parseObject(bytes);
  if (!Array.isArray(manifests)) return undefined;
  return manifests.flatMap((entry) => {
    const platform = formatPlatform(asObject(entry).platform);
    return digestIn(entry).map((digest) => ({ digest, platform }));
  });
}

/** `linux/arm64/v8`; empty where it is not named. Source: OCI image specification, "platform". */
export function formatPlatform(value: unknown): string {
  const { os, architecture, variant } = asObject(value);
  const parts = [os, architecture, variant].filter((part) => typeof part === 'string');
  // Attestations have the platform `unknown/unknown`.
  return parts.length < 2 || os === 'unknown' ? '' : parts.join('/').slice(0, MAX_LENGTH);
}

/** The digest of the config; undefined where there is none. */
export function parseConfigDigest(bytes: Uint8Array): string | undefined {
  return digestIn(parseObject(bytes).config)[0];
}

/**
 * The kind of artifact of a manifest. Source: OCI image specification 1.1, "Guidelines for Artifact
 * Usage": the type of the config stands in for a missing `artifactType`.
 */
export function parseArtifactType(bytes: Uint8Array): string {
  const { artifactType, config } = parseObject(bytes);
  return shorten(typeof artifactType === 'string' ? artifactType : asObject(config).mediaType);
}

/** The manifest that this one refers to. */
export function parseSubject(bytes: Uint8Array): string | undefined {
  return digestIn(parseObject(bytes).subject)[0];
}

/** The entries of an index of referrers. */
export function parseReferrers(
  bytes: Uint8Array,
): { readonly digest: string; readonly artifactType: string; readonly sizeBytes: number }[] {
  return asList(parseObject(bytes).manifests).flatMap((entry) => {
    const { artifactType, size } = asObject(entry);
    const sizeBytes = typeof size === 'number' && Number.isSafeInteger(size) ? size : 0;
    return digestIn(entry).map((digest) => {
      return { digest, artifactType: shorten(artifactType), sizeBytes };
    });
  });
}

function shorten(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_LENGTH) : '';
}
