import { setTimeout as delay } from 'node:timers/promises';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { resumingBody } from '../../wire/body/resume.ts';
import { verifiedBody } from '../../wire/body/verify.ts';
import { versionOf } from '../../wire/body/version.ts';
import { badUpstreamAnswer } from '../../wire/errors/registry-error.ts';
import { parseContentRange, parseLength } from '../../wire/http/content-range.ts';
import { answerHeaders } from '../../wire/http/response-headers.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import {
  type Answer,
  askUpstream,
  type Question,
  type Source,
} from '../contract/upstream-context.ts';
import { uncached } from './uncached.ts';

/**
 * A part of a blob that nobody is fetching, passed on as it comes and resumed where it breaks off.
 * An upstream that sends all of it instead is believed only when the digest is right.
 * @throws AnswerError before the first byte; the body throws after it.
 */
export async function answerBlobPart(
  source: Source,
  question: Question,
  digest: string,
): Promise<Answer> {
  const reply = await askUpstream(source, question, 'GET', { range: question.range });
  if (reply.status !== 206 && reply.status !== 200) {
    throw await upstreamError(reply, source.key, 'blob');
  }
  const headers = answerHeaders(reply);
  const length = parseLength(headers['content-length']);
  if (reply.status === 200) {
    const end = length === undefined ? undefined : length - 1;
    const chunks = resuming(source, question, reply, 0, end);
    return { status: 200, headers, body: verifiedBody(chunks, digest) };
  }
  const range = parseContentRange(headers['content-range']);
  // Several parts at once (multipart/byteranges) carry their ranges inside the body.
  if (range === undefined) return { status: 206, headers, body: uncached(source, plain(reply)) };
  if (length !== undefined && length !== range.last - range.first + 1) {
    reply.body.destroy();
    throw badUpstreamAnswer('headers', `${source.key} answered with a part that was not asked for`);
  }
  return { status: 206, headers, body: resuming(source, question, reply, range.first, range.last) };
}

function resuming(
  source: Source,
  question: Question,
  opened: Reply,
  start: number,
  end: number | undefined,
): AsyncIterable<Uint8Array> {
  const chunks = resumingBody({
    start,
    end,
    version: versionOf(opened),
    opened,
    reopen: (range) => askUpstream(source, question, 'GET', { range }),
    sleep: (ms) => delay(ms, undefined, { signal: question.signal }),
    onResume: source.onResume,
    timeouts: source.timeouts,
    lowestRate: source.blobs,
    // The client has the digest of the whole, and checks it in the end.
    takesOtherTags: true,
  });
  return uncached(source, chunks);
}

function plain(reply: Reply): AsyncIterable<Uint8Array> {
  return reply.body as AsyncIterable<Uint8Array>;
}
