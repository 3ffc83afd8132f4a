import type { SpanAttributes, SpanReference } from '../wire/spans.ts';
import type { EndedSpan } from './tracer.ts';

export interface Resource {
  readonly serviceName: string;
  readonly version: string;
}

/** Of `SpanKind` in opentelemetry/proto/trace/v1/trace.proto. */
const KINDS = { internal: 1, server: 2, client: 3 } as const;
/** `STATUS_CODE_ERROR` there. */
const FAILED = 2;
/** A longer text is cut: names of images and hosts are shorter. */
const MOST_CHARACTERS = 512;

/** Formats spans as the body of a request to `/v1/traces` (OTLP 1.x, JSON encoding). */
export function formatOtlp(
  { serviceName, version }: Resource,
  spans: readonly EndedSpan[],
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: {
          attributes: formatAttributes({ 'service.name': serviceName, 'service.version': version }),
        },
        scopeSpans: [{ scope: { name: 'registry-cache', version }, spans: spans.map(formatSpan) }],
      },
    ],
  });
}

function formatSpan(span: EndedSpan) {
  const { parentId, name, kind, failure } = span;
  const attributes = { ...span.attributes, 'error.type': failure };
  return {
    ...formatReference(span),
    ...(parentId !== undefined && { parentSpanId: parentId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: formatNanos(span.startMs),
    endTimeUnixNano: formatNanos(span.endMs),
    attributes: formatAttributes(attributes),
    links: span.links.map(formatReference),
    status: failure === undefined ? {} : { code: FAILED },
  };
}

function formatReference({ traceId, spanId }: SpanReference) {
  return { traceId, spanId };
}

/** Microseconds with three zeros: a double holds no nanoseconds of this century. */
function formatNanos(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}

function formatAttributes(attributes: SpanAttributes) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: formatValue(value) }],
  );
}

function formatValue(value: string | number | boolean) {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string')
    return { stringValue: value.slice(0, MOST_CHARACTERS).toWellFormed() };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
