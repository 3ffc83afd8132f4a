import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { TraceOptions } from '@registry-cache/domain';
import type { Span, SpanAttributes, SpanKind, SpanReference, Spans } from '../wire/spans.ts';
import { shouldSample } from './sampler.ts';
import { parseTraceparent, traceIdOf } from './trace-context.ts';

/** A span that has ended. */
export interface EndedSpan extends SpanReference {
  readonly parentId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind | 'server';
  /** Milliseconds since the epoch, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly links: readonly SpanReference[];
  /** The kind of the failure; undefined for work that did not fail. */
  readonly failure: string | undefined;
}

export interface TracerDeps {
  readonly options: Pick<TraceOptions, 'sampler' | 'ratio'>;
  /** Takes each span that has ended. */
  readonly onEnd: (span: EndedSpan) => void;
  /** Told of a span that was one too many for its trace. */
  readonly onLeftOut: () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that only goes forward. */
  readonly monotonic: () => number;
}

/** The head of a request, as the edge passes it on. */
export interface TracedRequest {
  readonly requestId: string;
  /** The client's own header. */
  readonly traceparent: string | readonly string[] | undefined;
  /** When the request arrived at the edge, in milliseconds since the epoch. */
  readonly receivedMs: number;
  readonly name: string;
  readonly attributes: SpanAttributes;
}

/** Opens traces, and the spans in them. */
export interface Tracer extends Spans {
  /** Opens the span of a client's request; undefined for one that is not sampled. */
  open(request: TracedRequest): Span | undefined;
}

/** A blob of gigabytes comes in hundreds of parts, and the first ones tell enough. */
const MOST_SPANS = 256;
const MOST_LINKS = 8;

/** What the spans of one request share. */
interface Trace {
  readonly traceId: string;
  /** The clock that only goes forward, set to the time of day at the start of the request. */
  readonly nowMs: () => number;
  left: number;
}

interface OpenSpan extends Span {
  readonly trace: Trace;
}

export function createTracer(deps: TracerDeps): Tracer {
  const { options, onLeftOut, now, monotonic } = deps;
  const running = new AsyncLocalStorage<OpenSpan>();

  const open: Tracer['open'] = ({ requestId, traceparent, receivedMs, name, attributes }) => {
    const parent = parseTraceparent(traceparent);
    const traceId = parent?.traceId ?? traceIdOf(requestId);
    if (!shouldSample(options, traceId, parent)) return undefined;
    const anchorMs = now() - monotonic();
    const trace = { traceId, left: MOST_SPANS, nowMs: () => anchorMs + monotonic() };
    const arrivedMs = trace.nowMs();
    const startMs = Math.min(receivedMs, arrivedMs);
    const root = startSpan(deps, trace, {
      ...{ parentId: parent?.spanId, name, kind: 'server', startMs, attributes },
    });
    const { spanId: parentId } = root;
    const before = { parentId, name: 'edge and hot lane', startMs, attributes: {} } as const;
    startSpan(deps, trace, { ...before, kind: 'internal' }).end();
    return root;
  };

  return {
    open,
    current: () => running.getStore(),
    begin(name, attributes = {}, kind = 'internal') {
      const parent = running.getStore();
      if (parent === undefined) return undefined;
      const { trace, spanId: parentId } = parent;
      if (trace.left === 0) {
        onLeftOut();
        return undefined;
      }
      trace.left -= 1;
      return startSpan(deps, trace, { parentId, name, kind, startMs: trace.nowMs(), attributes });
    },
    run: (span, work) => running.run(span as OpenSpan, work),
    shared: new Map(),
  };
}

type Beginning = Pick<EndedSpan, 'parentId' | 'name' | 'kind' | 'startMs' | 'attributes'>;

function startSpan({ onEnd }: TracerDeps, trace: Trace, beginning: Beginning): OpenSpan {
  const { traceId, nowMs } = trace;
  const spanId = randomBytes(8).toString('hex');
  const links: SpanReference[] = [];
  let { attributes } = beginning;
  let failure: string | undefined;
  let hasEnded = false;
  return {
    trace,
    traceId,
    spanId,
    set(more) {
      attributes = { ...attributes, ...more };
    },
    link(to) {
      if (links.length < MOST_LINKS) links.push({ traceId: to.traceId, spanId: to.spanId });
    },
    fail(error) {
      failure = describeFailure(error);
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      onEnd({ ...beginning, traceId, spanId, attributes, links, failure, endMs: nowMs() });
    },
  };
}

/** The phase of an error of egress, or else its class. Its message may name what is secret. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'phase' in error && typeof error.phase === 'string' ? error.phase : error.name;
}
