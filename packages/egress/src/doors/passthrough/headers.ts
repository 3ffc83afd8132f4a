import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Reply } from '../../wire/transport/transport.ts';

/** Holds the client's Authorization, since `Authorization` holds the boot secret of the edge. */
const CLIENT_AUTHORIZATION = INTERNAL_HEADERS.clientAuthorization.key;

/** Headers of a single connection (RFC 9110, 7.6.1), which are never passed on. */
const OF_A_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);
/** Headers that the edge has set, and that the registry must not see. */
const OURS = new Set<string>([
  'host',
  'authorization',
  CLIENT_AUTHORIZATION,
  INTERNAL_HEADERS.received.key,
  INTERNAL_HEADERS.viaEgress.key,
  INTERNAL_HEADERS.caller.key,
]);

/** The client's headers, for the registry. */
export function requestHeaders({ headers }: IncomingMessage): Record<string, string> {
  const authorization = headers[CLIENT_AUTHORIZATION];
  return {
    ...Object.fromEntries(endToEnd(headers).filter(([name]) => !OURS.has(name))),
    ...(typeof authorization === 'string' ? { authorization } : {}),
  };
}

/**
 * The registry's headers, for a client that knows the registry as `host`. Redirects and links to
 * the registry itself (`origin`) use that name.
 */
export function responseHeaders(reply: Reply, origin: string, host: string): OutgoingHttpHeaders {
  const { location, link } = reply.headers;
  const headers: OutgoingHttpHeaders = Object.fromEntries(
    Object.entries(reply.headers).filter(([name]) => !OF_A_CONNECTION.has(name)),
  );
  if (location?.startsWith(`${origin}/`) && host !== '') {
    headers.location = `https://${host}${location.slice(origin.length)}`;
  }
  if (typeof link === 'string') {
    const here = linksToHere(link, origin, host);
    if (here === '') delete headers.link;
    else headers.link = here;
  }
  return headers;
}

/** Links (RFC 8288) to the registry, by the client's name for it. Other links would bypass the cache. */
function linksToHere(link: string, origin: string, host: string): string {
  const links = link.split(/,(?=\s*<)/).map((one) => {
    const text = one.trim();
    const isOwn = text.startsWith(`<${origin}/`) && host !== '';
    return isOwn ? `<https://${host}${text.slice(origin.length + 1)}` : text;
  });
  return links
    .filter((text) => text.startsWith(`<https://${host}/`) || /^<\/(?![/\\])/.test(text))
    .join(', ');
}

function endToEnd(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || OF_A_CONNECTION.has(name)) return [];
    return [[name, Array.isArray(value) ? value.join(', ') : value]];
  });
}
