import type { SingleFlight } from '@registry-cache/runtime';

/**
 * What a span tells besides its times. Secrets have no place here, so neither have queries of URLs
 * and messages of errors.
 */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Names a span of any trace, for links. */
export interface SpanReference {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
}

/** A piece of work of a request, in a trace. */
export interface Span extends SpanReference {
  set(attributes: SpanAttributes): void;
  /** Names a span of other work that this one waits for. */
  link(to: SpanReference): void;
  /** Marks the work as failed, by the kind of the error alone. */
  fail(error: unknown): void;
  /** Ends the span. Only the first call counts. */
  end(): void;
}

/** Measures the pieces of work of the requests that are traced. */
export interface Spans {
  /** The span of the work that runs now; undefined for work that is not traced. */
  current(): Span | undefined;
  /** Begins a part of the current span. Undefined where there is none, or it has too many parts. */
  begin(name: string, attributes?: SpanAttributes, kind?: SpanKind): Span | undefined;
  /** Runs work as that of a span. What it starts belongs to that span, also after its end. */
  run<T>(span: Span, work: () => T): T;
  /** The spans of work that others may wait for, by its key. */
  readonly shared: Map<string, SpanReference>;
}

/** `client`: a request to another program. */
export type SpanKind = 'internal' | 'client';

/** Runs a piece of work in a span. Without tracing it only runs. */
export function inSpan<T>(
  spans: Spans | undefined,
  name: string,
  attributes: SpanAttributes,
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  const span = spans?.begin(name, attributes);
  if (spans === undefined || span === undefined) return work();
  return spans.run(span, () => endWith(span, work(span)));
}

/** Ends a span together with its work. */
export async function endWith<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Joins shared work, which has a span in the trace of the caller that starts it. Each later caller
 * has a span of its waiting, with a link to that one.
 */
export function joinInSpan<T>(
  spans: Spans | undefined,
  flight: Pick<SingleFlight<T>, 'join'>,
  key: string,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  if (spans === undefined) return flight.join(key, work);
  let isOwn = false;
  const joined = flight.join(key, () => {
    isOwn = true;
    return inSpan(spans, name, {}, (span) => {
      if (span === undefined) return work();
      spans.shared.set(key, span);
      return work().finally(() => spans.shared.delete(key));
    });
  });
  return isOwn ? joined : waitInSpan(spans, spans.shared.get(key), name, joined);
}

/** Waits for work of another request, in a span with a link to its span. */
export function waitInSpan<T>(
  spans: Spans | undefined,
  other: SpanReference | undefined,
  name: string,
  work: Promise<T>,
): Promise<T> {
  const span = spans?.begin(`wait for ${name}`);
  if (span === undefined) return work;
  if (other !== undefined) span.link(other);
  return endWith(span, work);
}
