import { text } from 'node:stream/consumers';
import {
  type InterruptibleServer,
  type InterruptibleServerOptions,
  listenInterruptible,
} from './interruptible-server.ts';

/** A span that the collector got. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for the root of a trace. */
  readonly parentId: string | undefined;
  readonly name: string;
  /** Microseconds since the epoch. */
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface TraceCollector extends InterruptibleServer {
  readonly spans: readonly CollectedSpan[];
  /** All bodies, as they came. */
  readonly bodies: readonly string[];
  /** The Authorization of each request. */
  readonly authorizations: readonly (string | undefined)[];
}

/** Starts a collector of traces that takes OTLP by HTTP in JSON at `/v1/traces`. */
export async function startTraceCollector(
  options: Omit<InterruptibleServerOptions, 'onRequest'>,
): Promise<TraceCollector> {
  const spans: CollectedSpan[] = [];
  const bodies: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = await listenInterruptible({
    ...options,
    async onRequest(request, response) {
      const isRight =
        request.url === '/v1/traces' &&
        request.method === 'POST' &&
        request.headers['content-type'] === 'application/json';
      const body = await text(request);
      if (!isRight) return void response.writeHead(404).end();
      bodies.push(body);
      authorizations.push(request.headers.authorization);
      spans.push(...parseSpans(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    },
  });
  return { ...server, spans, bodies, authorizations };
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly links: CollectedSpan['links'];
}

/** @throws Error for a body that is no OTLP in JSON. */
function parseSpans(body: string): CollectedSpan[] {
  const { resourceSpans } = JSON.parse(body) as {
    readonly resourceSpans: readonly {
      readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
    }[];
  };
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ parentSpanId, startTimeUnixNano, endTimeUnixNano, attributes, ...span }) => ({
      traceId: span.traceId,
      spanId: span.spanId,
      parentId: parentSpanId,
      name: span.name,
      startUs: Number(BigInt(startTimeUnixNano) / 1000n),
      endUs: Number(BigInt(endTimeUnixNano) / 1000n),
      attributes: Object.fromEntries(
        attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]),
      ),
      links: span.links,
    }));
}
