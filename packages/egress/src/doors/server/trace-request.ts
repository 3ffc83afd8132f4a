import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseRegistryPath } from '@registry-cache/domain';
import type { Tracer } from '../../traces/tracer.ts';
import type { SpanAttributes } from '../../wire/spans.ts';
import { readRequestId } from './request-id.ts';
import { waitedBefore } from './waited-before.ts';

/**
 * Serves a client's request in a span, from its arrival at the edge to the end of its answer. A
 * request without an id is of no client, but of an engine, and has no trace.
 */
export function traceRequest(
  tracer: Tracer,
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
  serve: () => Promise<void>,
): Promise<void> {
  const { method = '', headers, url = '' } = request;
  const requestId = readRequestId(headers);
  if (requestId === undefined) return serve();
  const { name, attributes } = describeTarget(method, url);
  const root = tracer.open({
    requestId,
    traceparent: headers.traceparent,
    receivedMs: Date.now() - waitedBefore(request),
    name,
    attributes: {
      ...attributes,
      'http.request.method': method,
      'registry_cache.request_id': requestId,
      'registry_cache.upstream': upstream,
    },
  });
  if (root === undefined) return serve();
  response.once('close', () => {
    const { statusCode, headersSent, writableFinished } = response;
    root.set({
      'http.response.status_code': headersSent ? statusCode : undefined,
      'registry_cache.left': writableFinished ? undefined : true,
    });
    if (statusCode >= 500) root.fail(new Error('no good answer'));
    root.end();
  });
  return tracer.run(root, serve);
}

/** Only what is in the grammar of the distribution API: a path may hold anything else. */
function describeTarget(
  method: string,
  url: string,
): { readonly name: string; readonly attributes: SpanAttributes } {
  const path = parseRegistryPath(url.split('?')[0] ?? '');
  if (path === undefined) return { name: method, attributes: {} };
  const { kind, repository } = path;
  return {
    name: `${method} ${kind}`,
    attributes: {
      'registry_cache.kind': kind,
      'registry_cache.repository': repository,
      'registry_cache.reference': 'reference' in path ? path.reference : undefined,
      'registry_cache.digest': 'digest' in path ? path.digest : undefined,
    },
  };
}
