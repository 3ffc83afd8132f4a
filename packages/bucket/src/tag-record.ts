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
    // Of a date: ECMA-262, "Time Values and Time Range".
    const isTime =
      typeof confirmedAtMs === 'number' && confirmedAtMs >= 0 && confirmedAtMs <= 8.64e15;
    if (!isTime) return undefined;
    return { digest, confirmedAtMs };
  } catch {
    return undefined;
  }
}
