import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import { nextLink } from '../../wire/http/next-link.ts';
import { responseHeaders } from '../../wire/http/response-headers.ts';
import { readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { askUpstream } from '../contract/ask-upstream.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { FetchListDeps } from './list-deps.ts';
import type { RegistryList } from './list-memory.ts';

/** 100 000 tags of 80 characters. Referrers come as a manifest, which has 4 MiB at most. */
const LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Fetches a list from the upstream and reads it whole. A Link to the next page is rewritten, so
 * that it leads through the cache. Other links are left out.
 * @throws RegistryError, or any failure to ask the upstream.
 */
export async function fetchList(
  deps: FetchListDeps,
  request: RegistryRequest,
): Promise<RegistryList> {
  return readList(deps, request, await askUpstream(deps, request, 'GET', {}));
}

/** Reads the list in a reply, as `fetchList` does. */
export async function readList(
  deps: FetchListDeps,
  { path, target }: RegistryRequest,
  reply: Reply,
): Promise<RegistryList> {
  if (reply.status !== 200) throw await upstreamError(reply, deps.key, path.kind);
  const { bytes, whole } = await readCapped(reply, LIMIT_BYTES);
  if (!whole) {
    throw badUpstreamReply('size', `${deps.key} sent a list of more than ${LIMIT_BYTES} bytes`);
  }
  // The ETag is dropped: lists are remembered for seconds and never revalidated.
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
