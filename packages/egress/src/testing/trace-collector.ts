import type { TraceOptions } from '@registry-cache/domain';
import { type Origin, type OriginHandler, reply, startOrigin } from './origin.ts';

/** A span as the collector got it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface TraceCollector extends AsyncDisposable {
  readonly origin: Origin;
  /** The options of an egress that sends its traces here. */
  options(change?: Partial<TraceOptions>): { readonly traces: TraceOptions };
  spans(): ReceivedSpan[];
}

/** A collector of traces. `handle` may answer in its own way. */
export async function startTraceCollector(
  handle: OriginHandler = (_seen, response) => reply(response, 200, '{}'),
): Promise<TraceCollector> {
  const origin = await startOrigin(handle);
  return {
    origin,
    options: (change) => ({
      traces: {
        url: `${origin.url}/v1/traces`,
        serviceName: 'cache-of-the-tests',
        sampler: 'parentbased_always_on',
        ratio: 1,
        toUpstreams: false,
        headersFile: '/nonexistent/trace-headers.json',
        ca: '',
        ...change,
      },
    }),
    spans: () =>
      origin.seen.flatMap(({ body }) =>
        JSON.parse(body).resourceSpans.flatMap(
          (resource: { scopeSpans: { spans: ReceivedSpan[] }[] }) =>
            resource.scopeSpans.flatMap(({ spans }) => spans),
        ),
      ),
    [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose](),
  };
}

/** An attribute of a span, whatever its type. */
export function attributeOf(span: ReceivedSpan | undefined, key: string): unknown {
  const value = span?.attributes.find((attribute) => attribute.key === key)?.value;
  return value === undefined ? undefined : Object.values(value)[0];
}
