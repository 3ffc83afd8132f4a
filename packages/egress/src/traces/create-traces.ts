import type { EgressOptions, TraceOptions } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { EgressMetrics } from '../metrics/metrics.ts';
import { discard } from '../wire/transport/reply.ts';
import {
  createTransport,
  type Transport,
  type TransportOptions,
} from '../wire/transport/transport.ts';
import { VERSION } from '../wire/transport/user-agent.ts';
import { createExporter } from './exporter.ts';
import { formatOtlp } from './format-otlp.ts';
import { formatTraceparent } from './trace-context.ts';
import { createTracer, type EndedSpan, type Tracer } from './tracer.ts';

export interface TracesDeps extends Pick<TransportOptions, 'env' | 'lookup'> {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Headers for the collector, which may hold secrets. Read for each batch. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly metrics: Pick<EgressMetrics, 'spans'>;
  readonly log: Logger;
}

/** The traces of requests, and their way to the collector. */
export interface Traces {
  readonly spans: Tracer;
  /** Names the current span to another program; undefined outside of a trace. */
  readonly traceparent: () => string | undefined;
  /** Whether upstreams learn it. */
  readonly toUpstreams: boolean;
  /** Sends what is left, for `withinMs` at most. */
  stop(withinMs: number): Promise<void>;
}

/** A collector that is silent holds the next batch back for so long, and no request. */
const SEND_MS = 10_000;

/** Begins to trace. Only egress with a collector loads this module. */
export function createTraces(
  options: TraceOptions,
  { timeouts }: Pick<EgressOptions, 'timeouts'>,
  deps: TracesDeps,
): Traces {
  const { metrics, log, now } = deps;
  const { url } = options;
  const { origin, host } = new URL(url);
  const transport = createTransport({ ...deps, origin, ca: options.ca, timeouts });
  const exporter = createExporter({
    send: (spans) => sendSpans(transport, options, deps, spans),
    onOutcome: (outcome, count) => metrics.spans.inc({ outcome }, count),
    onBroken: (error) =>
      log.warn(
        { collector: host, err: error instanceof Error ? error.message : String(error) },
        'the collector takes no traces; pulls go on without',
      ),
    onMended: () => log.info({ collector: host }, 'the collector takes traces again'),
  });
  const tracer = createTracer({
    options,
    onEnd: exporter.add,
    onLeftOut: () => metrics.spans.inc({ outcome: 'left-out' }),
    now,
    monotonic: () => performance.now(),
  });
  return {
    spans: tracer,
    traceparent: () => {
      const span = tracer.current();
      return span && formatTraceparent(span);
    },
    toUpstreams: options.toUpstreams,
    async stop(withinMs) {
      await exporter.stop(withinMs);
      await transport.close();
    },
  };
}

/** @throws TransportError if no answer came; Error for a status that is no success. */
async function sendSpans(
  transport: Transport,
  { url, serviceName }: TraceOptions,
  { headers }: TracesDeps,
  spans: readonly EndedSpan[],
): Promise<void> {
  const target = new URL(url);
  const reply = await transport.send({
    method: 'POST',
    url: target,
    headers: { ...(await headers()), 'content-type': 'application/json' },
    body: formatOtlp({ serviceName, version: VERSION }, spans),
    // A body without end is cut as well.
    signal: AbortSignal.timeout(SEND_MS),
  });
  await discard(reply);
  if (reply.status < 200 || reply.status > 299) {
    throw new Error(`${target.host} answered ${reply.status}; accepted: 200 to 299`);
  }
}
