import { asObject, isDigest, isRepository, isTag } from '@registry-cache/domain';

/**
 * The reasons for a pin:
 * - `pin`: an operator asked for it;
 * - `warm`: so did `registry-cache warm --pin`;
 * - `mirrored`: a client pushed the image here;
 * - `import`: the image came out of a bundle.
 */
export const PIN_REASONS = ['pin', 'warm', 'mirrored', 'import'] as const;
export type PinReason = (typeof PIN_REASONS)[number];

/** The tag or digest that a pin is about. There is one pin for each at most. */
export interface PinReference {
  readonly upstreamId: string;
  readonly repository: string;
  /** Exactly one of the two is there. */
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** A pinned image. The cleaner keeps what it holds. */
export interface Pin {
  readonly upstreamId: string;
  readonly repository: string;
  /** Left out: the digest alone is pinned. */
  readonly tag?: string | undefined;
  /** The digest that is pinned, or that the tag had when it was pinned. */
  readonly digest: string;
  readonly why: PinReason;
  /** The user's name, or `operator` for a command in the container. */
  readonly by: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
}

/**
 * A pin whose file cannot be read. Its path says which tag or digest it is about. The reason, and
 * with it whether the tag is frozen, is unknown.
 */
export interface BrokenPin extends PinReference {
  readonly file: string;
  /** What is wrong with the file. */
  readonly problem: string;
}

export function isBrokenPin(pin: Pin | BrokenPin): pin is BrokenPin {
  return 'problem' in pin;
}

/**
 * Whether the tag keeps the pin's digest. A frozen tag is served before its registry is asked. Any
 * other pinned tag goes on following its registry.
 */
export function isFrozen({ tag, why }: Pin): boolean {
  return tag !== undefined && (why === 'mirrored' || why === 'import');
}

/** Formats the file of a pin. The path says the rest. */
export function formatPin({ digest, why, by, since }: Pin): string {
  return `${JSON.stringify({ digest, why, by, since })}\n`;
}

/**
 * Parses the file of a pin. Members that are not known here belong to a later version.
 *
 * @returns the pin, or a text that says what is wrong with it.
 */
export function parsePin(text: string, reference: PinReference): Pin | string {
  const { upstreamId, repository, tag } = reference;
  const members = readMembers(text);
  if (members === undefined) return `not a JSON object (${text.length} characters)`;
  const { digest, by, since } = members;
  const why = PIN_REASONS.find((reason) => reason === members.why);
  if (typeof digest !== 'string' || !isDigest(digest)) return 'digest: not a digest';
  if (reference.digest !== undefined && reference.digest !== digest) {
    return "digest: not the one of the file's name";
  }
  if (why === undefined) return `why: accepted are ${PIN_REASONS.join(', ')}`;
  if (typeof by !== 'string') return 'by: not a text';
  if (typeof since !== 'string' || Number.isNaN(Date.parse(since))) return 'since: not a time';
  return { upstreamId, repository, ...(tag !== undefined && { tag }), digest, why, by, since };
}

function readMembers(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? asObject(value) : undefined;
  } catch {
    return undefined;
  }
}

/** An id becomes the name of a folder, so it must not lead elsewhere. */
const UPSTREAM_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;

/** Says what is wrong with a reference; undefined for a good one. */
export function findFault({ upstreamId, repository, tag, digest }: PinReference) {
  if (!UPSTREAM_ID.test(upstreamId)) return `upstream id ${JSON.stringify(upstreamId)}`;
  if (!isRepository(repository)) return `repository ${JSON.stringify(repository)}`;
  if (tag !== undefined && !isTag(tag)) return `tag ${JSON.stringify(tag)}`;
  if (digest !== undefined && !isDigest(digest)) return `digest ${JSON.stringify(digest)}`;
  if (tag === undefined && digest === undefined) return 'neither a tag nor a digest';
  return undefined;
}
