import { asList, asObject, isDigest, isForeignLayer, parseObject } from '@registry-cache/domain';

/** A manifest that an index names. */
export interface Child {
  readonly digest: string;
  /** `linux/arm/v7`; undefined where the index says none. */
  readonly platform: string | undefined;
  /** The manifest that BuildKit attests by this one. */
  readonly attests: string | undefined;
}

export interface BlobPart {
  readonly digest: string;
  readonly sizeBytes: number;
  /** Whether it is the archive of a helm chart. */
  readonly isChart: boolean;
}

/** The two kinds of manifests: an index has children, any other one has blobs. */
export interface ParsedManifest {
  readonly isIndex: boolean;
  readonly children: readonly Child[];
  readonly blobs: readonly BlobPart[];
}

/** Source: helm, pkg/registry, ChartLayerMediaType. */
const CHART = /^application\/vnd\.cncf\.helm\.chart\.content\.v1\.tar\+gzip$/;

/**
 * Reads what a manifest names. Source: OCI image specification 1.1, "Image Index", "Image Manifest";
 * for attestations BuildKit, "Image attestation storage".
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest {
  const { manifests, config, layers } = parseObject(bytes);
  const blobs = [config, ...asList(layers)].flatMap(parseBlob);
  return {
    isIndex: Array.isArray(manifests),
    children: asList(manifests).flatMap(parseChild),
    blobs,
  };
}

function parseBlob(value: unknown): readonly BlobPart[] {
  const { digest, size, mediaType } = asObject(value);
  if (typeof digest !== 'string' || !isDigest(digest)) return [];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return [];
  if (isForeignLayer(value)) return [];
  return [{ digest, sizeBytes: size, isChart: CHART.test(String(mediaType)) }];
}

function parseChild(value: unknown): readonly Child[] {
  const { digest, platform, annotations } = asObject(value);
  if (typeof digest !== 'string' || !isDigest(digest)) return [];
  const attested = asObject(annotations)['vnd.docker.reference.digest'];
  const attests = typeof attested === 'string' ? attested : undefined;
  return [{ digest, platform: formatPlatform(platform), attests }];
}

function formatPlatform(value: unknown): string | undefined {
  const { os, architecture, variant } = asObject(value);
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return [os, architecture, ...(typeof variant === 'string' && variant ? [variant] : [])].join('/');
}
