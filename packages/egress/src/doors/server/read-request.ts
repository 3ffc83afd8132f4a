import type { IncomingMessage } from 'node:http';
import { parseRegistryPath, type RegistryPath } from '@registry-cache/domain';
import type { RegistryRequest } from '../../cache/contract/registry-request.ts';
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
    signal,
  };
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
