import { discard, replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';
import { badUpstreamAnswer } from './answer-error.ts';
import { parseContentRange, parseLength, parseUnsatisfiedSize } from './content-range.ts';
import { answerHeaders } from './headers.ts';
import { type Answer, askUpstream, type Question, type Source } from './question.ts';
import { headNeedsGet } from './refused-head.ts';
import { upstreamError } from './upstream-error.ts';

/**
 * HEAD of a blob. Where the upstream (or the CDN it redirects to, whose signatures may be good
 * for GET alone) refuses HEAD, the first byte is asked for and the size taken from its
 * Content-Range.
 * @throws AnswerError
 */
export async function answerBlobHead(source: Source, question: Question): Promise<Answer> {
  const reply = await askUpstream(source, question, 'HEAD', {});
  if (!headNeedsGet(reply, ['content-length'])) {
    if (reply.status !== 200) throw await upstreamError(reply, source.key, 'blob');
    await discard(reply);
    return { status: 200, headers: answerHeaders(reply), body: undefined };
  }
  await discard(reply);
  return headFromGet(source, await askUpstream(source, question, 'GET', { range: 'bytes=0-0' }));
}

async function headFromGet(source: Source, reply: Reply): Promise<Answer> {
  const size = sizeOf(reply);
  if (![200, 206, 416].includes(reply.status) || (reply.status === 416 && size === undefined)) {
    throw await upstreamError(reply, source.key, 'blob');
  }
  // A 200 means that the whole blob is on its way: that connection is worth less than the bytes.
  if (reply.status === 200) reply.body.destroy();
  else await discard(reply);
  if (size === undefined) {
    throw badUpstreamAnswer('headers', `${source.key} does not say how large the blob is`);
  }
  const { 'content-range': _, ...headers } = answerHeaders(reply);
  return { status: 200, headers: { ...headers, 'content-length': String(size) }, body: undefined };
}

function sizeOf(reply: Reply): number | undefined {
  const range = replyHeader(reply, 'content-range');
  if (reply.status === 206) return parseContentRange(range)?.total;
  if (reply.status === 416) return parseUnsatisfiedSize(range);
  return parseLength(replyHeader(reply, 'content-length'));
}
