import { createHash } from 'node:crypto';
import {
  asList,
  asObject,
  type Descriptor,
  digestIn,
  INDEX_TYPES,
  parseDescriptors,
  parseObject,
  SERVED_TYPES,
  servedType,
} from '@registry-cache/domain';
import { HostedError } from '../http/answer.ts';

/** A manifest that a client has pushed, read and checked as far as its bytes go. */
export interface PushedManifest {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly parts: ManifestPartList;
  /** The digest of the manifest that it refers to. */
  readonly subject: string | undefined;
}

export interface ManifestPartList {
  readonly blobs: readonly Descriptor[];
  readonly manifests: readonly Descriptor[];
  /** Blobs that other places have: registries need not keep them. */
  readonly elsewhere: ReadonlySet<string>;
}

/**
 * Reads a pushed manifest.
 * @param said the type that the client gives it, if any.
 * @throws HostedError 400 for what cannot be kept.
 */
export function readPushed(bytes: Buffer, said: string | undefined): PushedManifest {
  const type = servedType(bytes);
  if (type === undefined) {
    throw invalid(`not a manifest of one of these types: ${SERVED_TYPES.join(', ')}`);
  }
  const saidType = said?.split(';', 1)[0]?.trim() ?? type;
  if (saidType !== type) {
    throw invalid(
      `Content-Type is ${JSON.stringify(saidType.slice(0, 100))}, the manifest's own type is ${type}`,
    );
  }
  const parts = readParts(bytes);
  const { config, layers, manifests, subject } = parseObject(bytes);
  const isIndex = INDEX_TYPES.includes(type);
  const named = isIndex
    ? asList(manifests).length
    : asList(layers).length + (config === undefined ? 0 : 1);
  const isComplete = isIndex ? Array.isArray(manifests) : config !== undefined;
  if (!isComplete || named !== parts.blobs.length + parts.manifests.length) {
    throw invalid('each of its parts needs a digest and a size');
  }
  return {
    bytes,
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    parts,
    subject: digestIn(subject)[0],
  };
}

/** What a manifest names. */
export function readParts(bytes: Uint8Array): ManifestPartList {
  const all = parseDescriptors(bytes);
  const { layers } = parseObject(bytes);
  const elsewhere = asList(layers)
    .filter((layer) => asList(asObject(layer).urls).length > 0)
    .flatMap(digestIn);
  return {
    blobs: all.filter(({ isManifest }) => !isManifest),
    manifests: all.filter(({ isManifest }) => isManifest),
    elsewhere: new Set(elsewhere),
  };
}

function invalid(message: string): HostedError {
  return new HostedError(400, 'MANIFEST_INVALID', message);
}
