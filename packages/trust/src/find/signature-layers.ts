import { asObject, isDigest, parseObject } from '@registry-cache/domain';

/** cosign's older form. Source: cosign, specs/SIGNATURE_SPEC.md. */
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const BUNDLE =
  /^application\/vnd\.dev\.sigstore\.bundle(?:\.v\d+\.\d+\+json|\+json;version=\d+\.\d+)$/;

/** Enough for every tool of today; a longer text is not looked at. */
const MAX_ANNOTATION_CHARACTERS = 64 * 1024;
/** Of a manifest with more signatures, only the newest are looked at. cosign appends new ones. */
export const MAX_SIGNATURES = 32;

const MAX_PAYLOAD_BYTES = 64 * 1024;
const MAX_BUNDLE_BYTES = 1024 * 1024;

/** A layer of a signature manifest that is worth fetching. */
export interface SignatureLayer {
  readonly kind: 'simple-signing' | 'bundle';
  readonly digest: string;
  readonly sizeBytes: number;
  readonly maxBytes: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The signatures that a manifest names, the newest first. Empty for other manifests. */
export function parseSignatureLayers(manifest: Uint8Array): SignatureLayer[] {
  const { layers } = parseObject(manifest);
  if (!Array.isArray(layers)) return [];
  return layers
    .slice(-MAX_SIGNATURES)
    .reverse()
    .flatMap((layer) => readLayer(layer));
}

/** Whether a media type or artifact type is one of cosign's signatures. */
export function isSignatureType(type: unknown): boolean {
  if (typeof type !== 'string') return false;
  return type.startsWith('application/vnd.dev.cosign.') || BUNDLE.test(type);
}

function readLayer(layer: unknown): SignatureLayer[] {
  const { mediaType, digest, size, annotations } = asObject(layer);
  const kind = kindOf(mediaType);
  if (kind === undefined || typeof digest !== 'string' || !isDigest(digest)) return [];
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return [];
  const maxBytes = kind === 'bundle' ? MAX_BUNDLE_BYTES : MAX_PAYLOAD_BYTES;
  return [{ kind, digest, sizeBytes: size, maxBytes, annotations: texts(annotations) }];
}

function kindOf(mediaType: unknown): SignatureLayer['kind'] | undefined {
  if (mediaType === SIMPLE_SIGNING) return 'simple-signing';
  return typeof mediaType === 'string' && BUNDLE.test(mediaType) ? 'bundle' : undefined;
}

function texts(annotations: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asObject(annotations)).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && entry[1].length <= MAX_ANNOTATION_CHARACTERS,
    ),
  );
}
