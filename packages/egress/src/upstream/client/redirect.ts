import { TransportError } from '../../wire/transport/failure.ts';
import { GuardError } from '../../wire/transport/guard.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import type { OutboundRequest, Reply, Transport } from '../../wire/transport/transport.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 5;

/**
 * Sends a GET or HEAD and follows redirects. Authorization goes only to the first origin, and is
 * not sent again after another one. https never leads to http. The transport's guard decides which
 * addresses are allowed.
 * @throws TransportError with phase `guard` for a redirect that is not followed.
 */
export async function sendFollowing(
  transport: Transport,
  request: OutboundRequest,
): Promise<Reply> {
  let { url, headers } = request;
  for (let count = 0; ; count += 1) {
    const reply = await transport.send({ ...request, url, headers });
    const location = REDIRECTS.has(reply.status) ? replyHeader(reply, 'location') : undefined;
    if (location === undefined) return { ...reply, redirected: url.origin !== request.url.origin };
    await discard(reply);
    if (count === MAX_REDIRECTS) throw refusal(`more than ${MAX_REDIRECTS} redirects`, url);
    const next = resolveLocation(location, url);
    if (next.origin !== url.origin) headers = withoutAuthorization(headers);
    url = next;
  }
}

function resolveLocation(location: string, from: URL): URL {
  const next = URL.parse(location, from.href);
  if (next === null || !/^https?:$/.test(next.protocol)) {
    throw refusal('a redirect to something that is no http or https URL', from);
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw refusal(`a redirect from https to http (${next.host})`, from);
  }
  // A user name in a Location would become an Authorization header that the upstream chose.
  next.username = '';
  next.password = '';
  next.hash = '';
  return next;
}

function withoutAuthorization(headers: OutboundRequest['headers']): Record<string, string> {
  const { authorization: _, ...rest } = headers;
  return rest;
}

function refusal(what: string, from: URL): TransportError {
  return new TransportError('guard', `refused to follow: ${from.host} answered with ${what}`, {
    cause: new GuardError(from.host, what),
  });
}
