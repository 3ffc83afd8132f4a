import { isDigest } from '@registry-cache/domain';

/** The digest of a tag, as an upstream last confirmed it to some replica. */
export interface BucketTag {
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly confirmedAtMs: number;
}

export function formatTag({ digest, confirmedAtMs }: BucketTag): string {
  return `${JSON.stringify({ digest, confirmedAtMs })}\n`;
}

/** @returns undefined for any other text. */
export function parseTag(text: string): BucketTag | undefined {
  try {
    const { digest, confirmedAtMs } = Object(JSON.parse(text)) as Record<string, unknown>;
    if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
    if (typeof confirmedAtMs !== 'number' || !Number.isSafeInteger(Math.floor(confirmedAtMs))) {
      return undefined;
    }
    return { digest, confirmedAtMs };
  } catch {
    return undefined;
  }
}
