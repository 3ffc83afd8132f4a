import {
  asList,
  asObject,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  digestIn,
  isForeignLayer,
  OCI_INDEX,
  OCI_MANIFEST,
  parseObject,
} from '@registry-cache/domain';

/** A manifest or an index, as far as bundles need it. */
export interface ParsedManifest {
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  /** Of an index. */
  readonly children: readonly ParsedChild[];
  /** The config and the layers, each once. */
  readonly blobs: readonly ParsedBlob[];
  readonly subject: string | undefined;
}

export interface ParsedChild {
  readonly digest: string;
  /** `linux/arm64/v8`; `unknown/unknown` is what build tools give to attestations. */
  readonly platform: string;
}

export interface ParsedBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  /** A foreign layer: clients get it from elsewhere. */
  readonly isOptional: boolean;
}

/**
 * Undefined for content that is neither a manifest nor an index. Where it does not say its type,
 * its members tell it. Sources: OCI image specification 1.1, "Image Manifest", "Image Index" and
 * "Content Descriptors"; Docker image manifest v2, schema 2.
 */
export function parseManifest(bytes: Uint8Array): ParsedManifest | undefined {
  const value = parseObject(bytes);
  const { mediaType, artifactType, config, layers, manifests, subject } = value;
  const isIndex = Array.isArray(manifests);
  if (!isIndex && typeof asObject(config).digest !== 'string') return undefined;
  const wanted = isIndex ? [OCI_INDEX, DOCKER_LIST] : [OCI_MANIFEST, DOCKER_MANIFEST];
  const told = typeof mediaType === 'string' ? mediaType : wanted[0];
  if (told === undefined || !wanted.includes(told)) return undefined;
  const own = artifactType ?? (isIndex ? undefined : asObject(config).mediaType);
  const blobs = isIndex ? [] : [config, ...asList(layers)].flatMap(readBlob);
  return {
    mediaType: told,
    artifactType: typeof own === 'string' ? own : undefined,
    children: asList(manifests).flatMap(readChild),
    blobs: [...new Map(blobs.map((blob) => [blob.digest, blob])).values()],
    subject: digestIn(subject)[0],
  };
}

function readBlob(value: unknown): ParsedBlob[] {
  const { size } = asObject(value);
  const isOptional = isForeignLayer(value);
  const sizeBytes = Number.isSafeInteger(size) ? Number(size) : -1;
  return digestIn(value).map((digest) => ({ digest, sizeBytes, isOptional }));
}

function readChild(value: unknown): ParsedChild[] {
  const { os, architecture, variant } = asObject(asObject(value).platform);
  const parts = [os ?? 'unknown', architecture ?? 'unknown', variant].filter(
    (part) => typeof part === 'string',
  );
  return digestIn(value).map((digest) => ({ digest, platform: parts.join('/') }));
}
