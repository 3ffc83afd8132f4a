import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type Caller, parseCaller } from '@registry-cache/access';
import {
  INTERNAL_HEADERS,
  OPERATOR_CALLER,
  parseRegistryPath,
  type RegistryPath,
} from '@registry-cache/domain';
import type { RegistryRequest } from '../../cache/contract/registry-request.ts';
import { badQuery } from '../../wire/errors/registry-error.ts';
import { LONGEST_QUERY, readQuery } from '../../wire/http/cursor.ts';
import { refusal } from './refusal.ts';

/** Lists have pages, and each registry makes the query of its next page. */
const PAGED = new Set<RegistryPath['kind']>(['tags', 'referrers']);

/**
 * Reads the registry request from an HTTP request.
 * @throws RegistryError 405 for other methods than GET and HEAD, 404 for paths that no pull uses,
 * 400 for a query that is too long.
 */
export function readRequest(
  httpRequest: IncomingMessage,
  canSendfile: boolean,
  signal: AbortSignal,
): RegistryRequest {
  const { method } = httpRequest;
  if (method !== 'GET' && method !== 'HEAD') {
    throw refusal(405, 'request', `${method} is not supported; a cache answers GET and HEAD`, {
      allow: 'GET, HEAD',
    });
  }
  const [pathname = '', search = ''] = (httpRequest.url ?? '').split(/\?(.*)/s);
  const path = parseRegistryPath(pathname);
  if (path === undefined) {
    throw refusal(
      404,
      'request',
      'not the path of a pull; accepted are /v2/ and, below it, <name>/manifests, blobs, tags/list and referrers',
    );
  }
  return {
    method,
    path,
    target: pathname + passedQuery(path.kind, search),
    accept: joined(httpRequest, 'accept'),
    range: joined(httpRequest, 'range'),
    ifNoneMatch: joined(httpRequest, 'if-none-match'),
    canSendfile,
    ...(isFromPeer(httpRequest) && { isFromPeer: true }),
    ...readSource(httpRequest),
    ...readRights(httpRequest),
    signal,
  };
}

/** Whether a peer asks, which has decided the request. */
export function isFromPeer({ headers }: IncomingMessage): boolean {
  return headers[INTERNAL_HEADERS.fromPeer.key] === '1';
}

function readSource({ headers }: IncomingMessage): Pick<RegistryRequest, 'source'> {
  const source = headers[INTERNAL_HEADERS.source.key];
  return typeof source === 'string' ? { source } : {};
}

const BARE_REFUSAL = 'this client may not fetch what is not here';

/** What the edge says of the caller's rights. @throws RegistryError 400 for a caller without sense. */
function readRights({
  headers,
}: IncomingMessage): Pick<RegistryRequest, 'noFetch' | 'caller' | 'isOperator'> {
  if (headers[INTERNAL_HEADERS.caller.key] === OPERATOR_CALLER) return { isOperator: true };
  const noFetch = readNoFetch(headers[INTERNAL_HEADERS.noFetch.key]);
  const caller = readCaller(headers);
  return {
    ...(noFetch !== undefined && { noFetch }),
    ...(caller !== undefined && { caller }),
  };
}

/** The refusal for what is not here; undefined for a caller who may fetch. */
export function readNoFetch(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    return decodeURIComponent(String(header)).trim() || BARE_REFUSAL;
  } catch {
    // Whatever it says, the caller may not fetch.
    return BARE_REFUSAL;
  }
}

/** The caller of a list; undefined if the edge names none. @throws RegistryError 400 */
export function readCaller(headers: IncomingHttpHeaders): Caller | undefined {
  const text = headers[INTERNAL_HEADERS.caller.key];
  if (text === undefined) return undefined;
  const caller = parseCaller(String(text));
  if (caller === undefined) throw badQuery(`${INTERNAL_HEADERS.caller.name} names no caller`);
  return caller;
}

/** The query that the upstream may see: that of a list, unchanged. */
function passedQuery(kind: RegistryPath['kind'], search: string): string {
  if (search === '' || !PAGED.has(kind)) return '';
  const passed = readQuery(search);
  if (passed === undefined) {
    throw refusal(
      400,
      'request',
      `a query can have at most ${LONGEST_QUERY} characters of visible ASCII`,
    );
  }
  return `?${passed}`;
}

/** Joins several lines of one header; clients send `Accept` so. */
function joined(httpRequest: IncomingMessage, name: string): string | undefined {
  return httpRequest.headersDistinct[name]?.join(', ');
}
