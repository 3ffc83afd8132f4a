import { endWith, type Spans } from '../spans.ts';
import type { OutboundRequest, Reply, Transport } from './transport.ts';

export interface TracedTransportDeps {
  readonly spans: Spans;
  /** The origin of the upstream, which alone learns `traceparent`. */
  readonly origin: string;
  /** Names the current span. */
  readonly traceparent: () => string | undefined;
  /** Whether the upstream learns it. */
  readonly toUpstreams: boolean;
}

/**
 * A transport with a span for each request, until the head of its answer. The span names the host:
 * paths and queries may hold what gives access, such as the signature of a CDN.
 */
export function traced(transport: Transport, deps: TracedTransportDeps): Transport {
  const { spans } = deps;
  return {
    send(request) {
      const { method, url, headers, resends } = request;
      const span = spans.begin(
        method,
        {
          'http.request.method': method,
          'server.address': url.hostname,
          'server.port': Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
          'url.scheme': url.protocol.slice(0, -1),
          'http.request.resend_count': resends,
          'registry_cache.range': headers.range,
        },
        'client',
      );
      if (span === undefined) return transport.send(request);
      return spans.run(span, () =>
        endWith(
          span,
          transport.send(withTraceparent(request, deps)).then((reply: Reply) => {
            span.set({ 'http.response.status_code': reply.status });
            return reply;
          }),
        ),
      );
    },
    close: () => transport.close(),
  };
}

function withTraceparent(
  request: OutboundRequest,
  { origin, traceparent, toUpstreams }: TracedTransportDeps,
): OutboundRequest {
  const header = toUpstreams && request.url.origin === origin ? traceparent() : undefined;
  if (header === undefined) return request;
  return { ...request, headers: { ...request.headers, traceparent: header } };
}
