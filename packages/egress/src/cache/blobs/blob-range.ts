import { setTimeout as delay } from 'node:timers/promises';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { resumingBody } from '../../wire/body/resume.ts';
import { verifiedBody } from '../../wire/body/verify.ts';
import { versionOf } from '../../wire/body/version.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import { parseContentRange, parseLength } from '../../wire/http/content-range.ts';
import { responseHeaders } from '../../wire/http/response-headers.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { askUpstream } from '../contract/ask-upstream.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { PassOnDeps } from './blob-deps.ts';
import { countUncached } from './count-uncached.ts';

/**
 * Responds with a part of a blob that no fetch is running for. The part is passed on as it arrives,
 * and resumed if it breaks off. If the upstream sends the whole blob instead, its digest is checked.
 * @throws RegistryError before the first byte; the body throws after it.
 */
export async function respondWithBlobRange(
  deps: PassOnDeps,
  request: RegistryRequest,
  digest: string,
): Promise<RegistryResponse> {
  const reply = await askUpstream(deps, request, 'GET', { range: request.range });
  if (reply.status !== 206 && reply.status !== 200) {
    throw await upstreamError(reply, deps.key, 'blob');
  }
  const headers = responseHeaders(reply);
  const length = parseLength(headers['content-length']);
  if (reply.status === 200) {
    const end = length === undefined ? undefined : length - 1;
    const chunks = resuming(deps, request, reply, 0, end);
    return { status: 200, headers, body: verifiedBody(chunks, digest) };
  }
  const range = parseContentRange(headers['content-range']);
  // A response with several parts (multipart/byteranges) has its ranges inside the body.
  if (range === undefined) return { status: 206, headers, body: countUncached(deps, plain(reply)) };
  if (length !== undefined && length !== range.last - range.first + 1) {
    reply.body.destroy();
    throw badUpstreamReply('headers', `${deps.key} answered with a part that was not asked for`);
  }
  return { status: 206, headers, body: resuming(deps, request, reply, range.first, range.last) };
}

function resuming(
  deps: PassOnDeps,
  request: RegistryRequest,
  opened: Reply,
  start: number,
  end: number | undefined,
): AsyncIterable<Uint8Array> {
  const chunks = resumingBody({
    start,
    end,
    version: versionOf(opened),
    opened,
    reopen: (range) => askUpstream(deps, request, 'GET', { range }),
    sleep: (ms) => delay(ms, undefined, { signal: request.signal }),
    onResume: deps.onResume,
    timeouts: deps.timeouts,
    lowestRate: deps.blobs,
    // The client knows the digest of the whole blob and checks it in the end.
    allowsOtherEtags: true,
  });
  return countUncached(deps, chunks);
}

function plain(reply: Reply): AsyncIterable<Uint8Array> {
  return reply.body as AsyncIterable<Uint8Array>;
}
