import type { RegistryPath } from '@registry-cache/domain';
import { discard } from '../transport/reply.ts';
import { answerHeaders } from './headers.ts';
import { type Answer, askUpstream, type Question, type Source } from './question.ts';
import { upstreamError } from './upstream-error.ts';

/**
 * Tags and referrers, passed on as they are. A Link to the next page is made relative, so that it
 * leads back here and not past the cache.
 * @throws AnswerError
 */
export async function answerListing(
  source: Source,
  question: Question,
  kind: RegistryPath['kind'],
): Promise<Answer> {
  const headers = { 'if-none-match': question.ifNoneMatch };
  const reply = await askUpstream(source, question, question.method, headers);
  if (reply.status !== 200 && reply.status !== 304)
    throw await upstreamError(reply, source.key, kind);
  const passed = answerHeaders(reply);
  if (passed.link !== undefined) passed.link = relativeLink(passed.link, reply.url);
  if (question.method === 'GET' && reply.status === 200) {
    return { status: 200, headers: passed, body: reply.body as AsyncIterable<Uint8Array> };
  }
  await discard(reply);
  return { status: reply.status, headers: passed, body: undefined };
}

function relativeLink(link: string, base: URL): string {
  return link.replace(/<([^>]*)>/g, (whole, target: string) => {
    const url = URL.parse(target, base.href);
    return url === null ? whole : `<${url.pathname}${url.search}>`;
  });
}
