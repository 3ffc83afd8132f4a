/** The samplers of the OpenTelemetry specification, as `OTEL_TRACES_SAMPLER` names them. */
export const TRACE_SAMPLERS = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const;
export type TraceSampler = (typeof TRACE_SAMPLERS)[number];

/** How egress traces requests of clients. */
export interface TraceOptions {
  /** Where the collector takes traces: `https://otel.example.com/v1/traces`. */
  readonly url: string;
  readonly serviceName: string;
  readonly sampler: TraceSampler;
  /** The part of traces that are recorded by a ratio, from 0 to 1. */
  readonly ratio: number;
  /** Whether upstreams learn the trace and the span of a request. */
  readonly toUpstreams: boolean;
  /** JSON of `TraceHeadersFile`; read again whenever it has changed. */
  readonly headersFile: string;
  /** PEM certificates to trust besides the system's; empty for none. */
  readonly ca: string;
}

/** Headers for the collector, by name. Their values may be secrets. */
export type TraceHeadersFile = Readonly<Record<string, string>>;
