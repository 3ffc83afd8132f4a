import type { FetchSource } from '@registry-cache/domain';
import { parseContentRange, parseLength } from '../http/content-range.ts';
import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';
import { sourceOf } from './source-of.ts';

export interface BodyVersion {
  readonly host: string;
  /** Who sent it; undefined before an answer. */
  readonly source: FetchSource | undefined;
  readonly etag: string | undefined;
  /** Size of the whole body, if the answer has it. */
  readonly totalBytes: number | undefined;
}

/** Before the first answer. */
export const NO_VERSION: BodyVersion = {
  ...{ host: '', source: undefined, etag: undefined, totalBytes: undefined },
};

/** A known version of a body, and the allowed differences. */
export interface KnownVersion {
  /** The version in the first answer. */
  readonly version: BodyVersion;
  /** Whether a part may have another ETag. True if the digest of the whole body is checked later. */
  readonly allowsOtherEtags: boolean;
  /** Called for a part with another ETag. */
  readonly onOtherEtag?: () => void;
}

export function versionOf(reply: Reply): BodyVersion {
  const range = parseContentRange(replyHeader(reply, 'content-range'));
  const length = reply.status === 200 ? replyHeader(reply, 'content-length') : undefined;
  return {
    host: reply.url.host,
    source: sourceOf(reply),
    etag: replyHeader(reply, 'etag'),
    totalBytes: range?.total ?? parseLength(length),
  };
}

/**
 * Whether a part is of the known body. Another size means another body. So should another strong
 * ETag, but the nodes of some CDNs give different ones to the same bytes. So ETags count only if no
 * digest is checked.
 */
export function isSameBody(known: KnownVersion, next: BodyVersion): boolean {
  const { version: first, allowsOtherEtags, onOtherEtag } = known;
  const isSized = first.totalBytes !== undefined && next.totalBytes !== undefined;
  if (isSized && first.totalBytes !== next.totalBytes) return false;
  const strong = (tag: string | undefined) => tag?.startsWith('"') === true;
  const differs = strong(first.etag) && strong(next.etag) && first.etag !== next.etag;
  if (!differs) return true;
  onOtherEtag?.();
  return isSized ? allowsOtherEtags : first.host !== next.host;
}
