import { parseContentRange, parseLength } from '../http/content-range.ts';
import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';

export interface BodyVersion {
  readonly host: string;
  readonly etag: string | undefined;
  /** Of the whole body, where the answer says it. */
  readonly totalBytes: number | undefined;
}

/** What a body is known by, and what may differ. */
export interface KnownVersion {
  /** The answer that tells which version of the body this is about. */
  readonly version: BodyVersion;
  /** Whether parts of another ETag fit: where the digest of the whole is checked in the end. */
  readonly takesOtherTags: boolean;
  /** A part came with another ETag. */
  readonly onOtherTag?: () => void;
}

export function versionOf(reply: Reply): BodyVersion {
  const range = parseContentRange(replyHeader(reply, 'content-range'));
  const length = reply.status === 200 ? replyHeader(reply, 'content-length') : undefined;
  return {
    host: reply.url.host,
    etag: replyHeader(reply, 'etag'),
    totalBytes: range?.total ?? parseLength(length),
  };
}

/**
 * Another size is another body. Two strong validators that differ should be one too, but the nodes
 * of some CDNs give the same bytes different ones. So they count only where no digest is checked.
 */
export function isSameBody(known: KnownVersion, next: BodyVersion): boolean {
  const { version: first, takesOtherTags, onOtherTag } = known;
  const isSized = first.totalBytes !== undefined && next.totalBytes !== undefined;
  if (isSized && first.totalBytes !== next.totalBytes) return false;
  const strong = (tag: string | undefined) => tag?.startsWith('"') === true;
  const differs = strong(first.etag) && strong(next.etag) && first.etag !== next.etag;
  if (!differs) return true;
  onOtherTag?.();
  return isSized ? takesOtherTags : first.host !== next.host;
}
