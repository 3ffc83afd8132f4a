import type { IncomingHttpHeaders } from 'node:http';
import { INTERNAL_HEADERS, isRequestId } from '@registry-cache/domain';

/**
 * The id that the edge gave the request, for log lines. Undefined for a request that did not come
 * through the edge, such as one of an engine.
 */
export function readRequestId(headers: IncomingHttpHeaders): string | undefined {
  const id = headers[INTERNAL_HEADERS.requestId.key];
  return typeof id === 'string' && isRequestId(id) ? id : undefined;
}
