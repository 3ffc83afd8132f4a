import {
  asObject,
  escapeUnprintable,
  isDigest,
  parseDescriptors,
  parseObject,
  servedType,
} from '@registry-cache/domain';

/** What a scanner is asked about. `docs/admission.md` describes it. */
export interface Question {
  /** `<registry>/<repository>` */
  readonly image: string;
  /** The tag that it was asked for by; left out for a pull by digest. */
  readonly tag?: string;
  readonly digest: string;
  readonly mediaType?: string;
  /** Bytes of the manifest and of all that it names. For an index without its images. */
  readonly size: number;
  /** The platforms of an index, such as `linux/arm64/v8`. */
  readonly platforms?: readonly string[];
  /** The manifest itself, byte for byte. */
  readonly manifest: string;
}

export interface AskedManifest {
  readonly image: string;
  readonly tag: string | undefined;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** An index has fewer entries than this. */
const MAX_PLATFORMS = 1_000;

export function buildQuestion({ image, tag, digest, bytes }: AskedManifest): Question {
  const mediaType = servedType(bytes);
  const parts = parseDescriptors(bytes).filter(({ isManifest }) => !isManifest);
  const platforms = listPlatforms(bytes);
  return {
    image,
    ...(tag !== undefined && { tag }),
    digest,
    ...(mediaType !== undefined && { mediaType }),
    size: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, bytes.length),
    ...(platforms.length > 0 && { platforms }),
    manifest: Buffer.from(bytes).toString('utf8'),
  };
}

function listPlatforms(bytes: Uint8Array): string[] {
  const { manifests } = parseObject(bytes);
  if (!Array.isArray(manifests)) return [];
  return manifests.slice(0, MAX_PLATFORMS).flatMap((entry) => {
    const { platform, digest } = asObject(entry);
    const { os, architecture, variant } = asObject(platform);
    if (typeof digest !== 'string' || !isDigest(digest)) return [];
    if (typeof os !== 'string' || typeof architecture !== 'string') return [];
    return [[os, architecture, ...(typeof variant === 'string' ? [variant] : [])].join('/')];
  });
}

export type Answer =
  | { readonly kind: 'yes'; readonly reason: string }
  | { readonly kind: 'no'; readonly reason: string }
  /** The scanner did not answer, or not as it should. */
  | { readonly kind: 'none'; readonly reason: string };

const MAX_REASON = 500;

/** Reads `{"admit": true|false, "reason": "…"}`. Anything else is no answer. */
export function parseAnswer(host: string, status: number, body: Uint8Array): Answer {
  if (status !== 200) return { kind: 'none', reason: `${host} answered with status ${status}` };
  const { admit, reason } = parseObject(body);
  if (typeof admit !== 'boolean') {
    return { kind: 'none', reason: `${host} answered without "admit": true or false` };
  }
  const text = typeof reason === 'string' ? shorten(escapeUnprintable(reason.trim())) : '';
  if (admit) return { kind: 'yes', reason: text || `${host} admits it` };
  return { kind: 'no', reason: text || `${host} does not admit it` };
}

function shorten(text: string): string {
  return text.length <= MAX_REASON ? text : `${text.slice(0, MAX_REASON - 1)}…`;
}
