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
import type { UpstreamContext } from '../upstream-context.ts';

/**
 * HEAD of a blob. Where the upstream (or the CDN it redirects to, whose signatures may be good
 * for GET alone) refuses HEAD, the first byte is asked for and the size taken from its
 * Content-Range.
 * @throws RegistryError
 */
export async function respondWithBlobHead(
  context: UpstreamContext,
  request: RegistryRequest,
): Promise<RegistryResponse> {
  const { sizeBytes, headers } = await lookForBlob(context, request);
  if (sizeBytes === undefined) {
    throw badUpstreamReply('headers', `${context.key} does not say how large the blob is`);
  }
  headers['content-length'] = String(sizeBytes);
  return { status: 200, headers, body: undefined };
}

interface FoundBlob {
  /** Undefined where the upstream says it in no way. */
  readonly sizeBytes: number | undefined;
  readonly headers: ResponseHeaders;
}

/** Whether the upstream has a blob for who asks. @throws RegistryError where it has not. */
export async function lookForBlob(
  context: UpstreamContext,
  request: RegistryRequest,
): Promise<FoundBlob> {
  const reply = await askUpstream(context, request, 'HEAD', {});
  if (!headNeedsGet(reply, ['content-length'])) {
    if (reply.status !== 200) throw await upstreamError(reply, context.key, 'blob');
    await discard(reply);
    const sizeBytes = parseLength(replyHeader(reply, 'content-length'));
    return { sizeBytes, headers: responseHeaders(reply) };
  }
  await discard(reply);
  return headFromGet(context, await askUpstream(context, request, 'GET', { range: 'bytes=0-0' }));
}

async function headFromGet(context: UpstreamContext, reply: Reply): Promise<FoundBlob> {
  const sizeBytes = sizeOf(reply);
  if (
    ![200, 206, 416].includes(reply.status) ||
    (reply.status === 416 && sizeBytes === undefined)
  ) {
    throw await upstreamError(reply, context.key, 'blob');
  }
  // A 200 means that the whole blob is on its way: that connection is worth less than the bytes.
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
