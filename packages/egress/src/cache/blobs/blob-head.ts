import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import {
  parseContentRange,
  parseLength,
  parseUnsatisfiedSize,
} from '../../wire/http/content-range.ts';
import { headNeedsGet } from '../../wire/http/refused-head.ts';
import { type ResponseHeaders, responseHeaders } from '../../wire/http/response-headers.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { askUpstream } from '../contract/ask-upstream.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { AskDeps } from './blob-deps.ts';

/**
 * Responds to HEAD of a blob. The upstream may refuse HEAD, or the CDN that it redirects to may:
 * its signatures may be valid for GET only. Then this asks for the first byte and takes the size
 * from its Content-Range.
 * @throws RegistryError
 */
export async function respondWithBlobHead(
  deps: AskDeps,
  request: RegistryRequest,
): Promise<RegistryResponse> {
  const { sizeBytes, headers } = await lookForBlob(deps, request);
  if (sizeBytes === undefined) {
    throw badUpstreamReply('headers', `${deps.key} does not say how large the blob is`);
  }
  headers['content-length'] = String(sizeBytes);
  return { status: 200, headers, body: undefined };
}

interface FoundBlob {
  /** Undefined if the upstream does not give it. */
  readonly sizeBytes: number | undefined;
  readonly headers: ResponseHeaders;
}

/** Asks the upstream for a blob, without its bytes. @throws RegistryError if it refuses. */
export async function lookForBlob(deps: AskDeps, request: RegistryRequest): Promise<FoundBlob> {
  const reply = await askUpstream(deps, request, 'HEAD', {});
  if (!headNeedsGet(reply, ['content-length'])) {
    if (reply.status !== 200) throw await upstreamError(reply, deps.key, 'blob');
    await discard(reply);
    const sizeBytes = parseLength(replyHeader(reply, 'content-length'));
    return { sizeBytes, headers: responseHeaders(reply) };
  }
  await discard(reply);
  return headFromGet(deps, await askUpstream(deps, request, 'GET', { range: 'bytes=0-0' }));
}

async function headFromGet(deps: AskDeps, reply: Reply): Promise<FoundBlob> {
  const sizeBytes = sizeOf(reply);
  if (
    ![200, 206, 416].includes(reply.status) ||
    (reply.status === 416 && sizeBytes === undefined)
  ) {
    throw await upstreamError(reply, deps.key, 'blob');
  }
  // After a 200 the whole blob follows: closing the connection is cheaper than reading it.
  if (reply.status === 200) reply.body.destroy();
  else await discard(reply);
  const { 'content-range': _, ...headers } = responseHeaders(reply);
  return { sizeBytes, headers };
}

function sizeOf(reply: Reply): number | undefined {
  const range = replyHeader(reply, 'content-range');
  if (reply.status === 206) return parseContentRange(range)?.total;
  if (reply.status === 416) return parseUnsatisfiedSize(range);
  return parseLength(replyHeader(reply, 'content-length'));
}
