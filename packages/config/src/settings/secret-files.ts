/**
 * Path of AUTH_REGISTRIES as it was given, in the run directory. Updates read it there, since only
 * the first program of a start has it in its environment.
 */
export const AUTH_REGISTRIES_FILE = 'secrets/auth-registries';

/** The same of OTEL_EXPORTER_OTLP_HEADERS. */
export const TRACE_HEADERS_FILE = 'secrets/otlp-headers';
