import type { IncomingMessage } from 'node:http';
import { parseRegistryPath, type RegistryPath } from '@registry-cache/domain';
import type { RegistryRequest } from '../../cache/contract/registry-request.ts';
import { LONGEST_QUERY, readQuery } from '../../wire/http/cursor.ts';
import { refusal } from './refusal.ts';

/** Lists come in pages, which registries find by a query of their own making. */
const PAGED = new Set<RegistryPath['kind']>(['tags', 'referrers']);

/**
 * The question in a request.
 * @throws RegistryError 405 for other methods than GET and HEAD, 404 for paths that no pull asks for,
 * 400 for a query that is too long.
 */
export function readRequest(
  httpRequest: IncomingMessage,
  canSendfile: boolean,
  signal: AbortSignal,
): RegistryRequest {
  const { method } = httpRequest;
  if (method !== 'GET' && method !== 'HEAD') {
    throw refusal(405, 'request', `${method} was asked; a cache answers GET and HEAD`, {
      allow: 'GET, HEAD',
    });
  }
  const [pathname = '', search = ''] = (httpRequest.url ?? '').split(/\?(.*)/s);
  const path = parseRegistryPath(pathname);
  if (path === undefined) {
    throw refusal(
      404,
      'request',
      'not a path of a pull: accepted are /v2/ and <name>/manifests, blobs, tags/list and referrers below it',
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

/** What of a query an upstream may see: that of a list, unchanged. */
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

/** Several lines of one header, as clients send `Accept`, in one. */
function joined(httpRequest: IncomingMessage, name: string): string | undefined {
  return httpRequest.headersDistinct[name]?.join(', ');
}
