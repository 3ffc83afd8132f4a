import { setTimeout as delay } from 'node:timers/promises';
import { resumingBody } from '../body/resume.ts';
import { verifiedBody } from '../body/verify.ts';
import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';
import { badUpstreamAnswer } from './answer-error.ts';
import { answerBlobHead } from './blob-head.ts';
import { parseContentRange, parseLength } from './content-range.ts';
import { answerHeaders } from './headers.ts';
import { type Answer, askUpstream, type Question, type Source } from './question.ts';
import { upstreamError } from './upstream-error.ts';

/**
 * A blob, streamed. A whole one is hashed on its way and cut short where the bytes are wrong; a
 * part is passed on as it comes. Its ETag is its digest, as the engine's is, so that parts from
 * here and from the store fit together.
 * @throws AnswerError before the first byte; the body throws after it.
 */
export async function answerBlob(
  source: Source,
  question: Question,
  digest: string,
): Promise<Answer> {
  const own = { etag: `"${digest}"`, 'docker-content-digest': digest };
  // Whether the caller may have the blob is the upstream's to say, so it is asked in any case.
  const known = namesTag(question.ifNoneMatch, own.etag);
  const answer = await (question.method === 'HEAD' || known
    ? answerBlobHead(source, question)
    : answerBlobGet(source, question, digest));
  if (known) return { status: 304, headers: own, body: undefined };
  return { ...answer, headers: { ...answer.headers, ...own } };
}

async function answerBlobGet(source: Source, question: Question, digest: string): Promise<Answer> {
  const reply = await askUpstream(source, question, 'GET', { range: question.range });
  if (reply.status === 206) return partAnswer(source, question, reply);
  if (reply.status !== 200) throw await upstreamError(reply, source.key, 'blob');
  const length = parseLength(replyHeader(reply, 'content-length'));
  const chunks =
    length === undefined ? plain(reply) : resuming(source, question, reply, 0, length - 1);
  return { status: 200, headers: answerHeaders(reply), body: verifiedBody(chunks, digest) };
}

async function partAnswer(source: Source, question: Question, reply: Reply): Promise<Answer> {
  const headers = answerHeaders(reply);
  const range = parseContentRange(headers['content-range']);
  const length = parseLength(headers['content-length']);
  // Several parts at once (multipart/byteranges) carry their ranges inside the body.
  if (range === undefined) return { status: 206, headers, body: plain(reply) };
  if (
    question.range === undefined ||
    (length !== undefined && length !== range.last - range.first + 1)
  ) {
    reply.body.destroy();
    throw badUpstreamAnswer('headers', `${source.key} answered with a part that was not asked for`);
  }
  const body = resuming(source, question, reply, range.first, range.last);
  return { status: 206, headers, body };
}

function resuming(
  source: Source,
  question: Question,
  first: Reply,
  start: number,
  end: number,
): AsyncIterable<Uint8Array> {
  return resumingBody({
    first,
    start,
    end,
    reopen: (range) => askUpstream(source, question, 'GET', { range }),
    sleep: (ms) => delay(ms, undefined, { signal: question.signal }),
    onResume: source.onResume,
    timeouts: source.timeouts,
  });
}

function plain(reply: Reply): AsyncIterable<Uint8Array> {
  return reply.body as AsyncIterable<Uint8Array>;
}

function namesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
