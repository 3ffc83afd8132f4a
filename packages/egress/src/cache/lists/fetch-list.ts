import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import { nextLink } from '../../wire/http/next-link.ts';
import { responseHeaders } from '../../wire/http/response-headers.ts';
import { readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { askUpstream } from '../contract/ask-upstream.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { Listing } from '../memory/listing-memory.ts';
import type { UpstreamContext } from '../upstream-context.ts';

/** A hundred thousand tags of 80 characters; referrers are a manifest, which have 4 MiB at most. */
const LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * The upstream's list, read whole. A Link to the next page leads back here and not past the cache;
 * other links stay away.
 * @throws RegistryError, or whatever kept the upstream from being asked.
 */
export async function fetchList(
  context: UpstreamContext,
  request: RegistryRequest,
): Promise<Listing> {
  return readList(context, request, await askUpstream(context, request, 'GET', {}));
}

/** The list in a reply. */
export async function readList(
  context: UpstreamContext,
  { path, target }: RegistryRequest,
  reply: Reply,
): Promise<Listing> {
  if (reply.status !== 200) throw await upstreamError(reply, context.key, path.kind);
  const { bytes, whole } = await readCapped(reply, LIMIT_BYTES);
  if (!whole) {
    throw badUpstreamReply('size', `${context.key} sent a list of more than ${LIMIT_BYTES} bytes`);
  }
  // Its validator is of no use: what is remembered here for seconds is not asked for by it.
  const { etag: _, ...headers } = responseHeaders(reply);
  const link = nextLink(replyHeader(reply, 'link') ?? '', target.split('?', 1)[0] ?? '');
  return {
    headers: {
      ...headers,
      ...(link !== undefined && { link }),
      'content-length': String(bytes.length),
    },
    bytes,
  };
}
