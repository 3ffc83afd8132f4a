import { TRACE_SAMPLERS } from '@registry-cache/domain';
import type { Setting } from '../values/setting.ts';
import { parseTraceHeaders } from '../values/trace-headers.ts';
import { parseBoolean, parseOneOf, parseOptional, parseShare, parseText } from '../values/value.ts';

/** Traces, by the names that OpenTelemetry has for these settings. */
export const TRACE_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    default: '',
    help: 'URL of a collector that takes traces by OTLP over HTTP, as `http://otel:4318`; they go to `/v1/traces` below it ([more](traces.md)). Empty: none.',
    parse: parseOptional(
      parseText(
        'an http:// or https:// URL without a login and without a query',
        /^https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~/-]*)?$/,
      ),
    ),
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    default: '',
    help: 'Headers for the collector, as `NAME=VALUE,NAME=VALUE` with `%20` for a space. Their values are secrets.',
    parse: parseTraceHeaders,
  },
  OTEL_SERVICE_NAME: {
    default: 'registry-cache',
    help: 'The name of this cache in traces.',
    parse: parseText('1 to 100 plain characters', /^[A-Za-z0-9 ._/:-]{1,100}$/),
  },
  OTEL_TRACES_SAMPLER: {
    default: 'parentbased_always_on',
    help: 'Which requests are traced. `parentbased_`: a client with a `traceparent` decides for its own.',
    parse: parseOneOf(...TRACE_SAMPLERS),
  },
  OTEL_TRACES_SAMPLER_ARG: {
    default: '1',
    help: 'The part of requests that a sampler by ratio traces, from 0 to 1.',
    parse: parseShare,
  },
  TRACEPARENT_TO_UPSTREAMS: {
    default: 'false',
    help: '`true`: registries get a `traceparent` with each request of a trace. Hosts that they lead to do not.',
    parse: parseBoolean,
  },
} as const satisfies Record<string, Setting<unknown>>;
