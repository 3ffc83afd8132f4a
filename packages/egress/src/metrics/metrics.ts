import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export interface EgressMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'upstream' | 'kind' | 'status'>;
  readonly bytes: Counter<'upstream'>;
  readonly fetches: Counter<'upstream' | 'outcome'>;
  readonly fetchedBytes: Counter<'upstream'>;
  readonly errors: Counter<'upstream' | 'phase'>;
  readonly tokenFetches: Counter<'upstream' | 'outcome'>;
  readonly retries: Counter<'upstream'>;
  readonly resumes: Counter<'upstream'>;
  /** 0 while a file that was changed cannot be understood and its last good content is used. */
  readonly fileGood: Gauge<'file'>;
  readonly haproxyUp: Gauge;
}

export function createMetrics(): EgressMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `registry_cache_egress_${name}`, help, labelNames, registers: [registry] });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name: `registry_cache_${name}`, help, labelNames, registers: [registry] });
  return {
    registry,
    requests: counter('requests_total', 'Requests of engines and the hot lane, by answer.', [
      'upstream',
      'kind',
      'status',
    ]),
    bytes: counter('bytes_total', 'Body bytes given to engines and the hot lane.', ['upstream']),
    fetches: counter('fetches_total', 'Blobs fetched, each once for all who waited, by outcome.', [
      'upstream',
      'outcome',
    ]),
    fetchedBytes: counter('fetched_bytes_total', 'Bytes of blobs received from upstreams.', [
      'upstream',
    ]),
    errors: counter('errors_total', 'Requests without a good answer, by what failed.', [
      'upstream',
      'phase',
    ]),
    tokenFetches: counter('token_fetches_total', 'Requests to token services.', [
      'upstream',
      'outcome',
    ]),
    retries: counter('retries_total', 'Requests that were sent again.', ['upstream']),
    resumes: counter('resumes_total', 'Bodies that were continued by Range.', ['upstream']),
    fileGood: gauge('egress_file_good', 'Whether a file that egress follows was understood.', [
      'file',
    ]),
    haproxyUp: gauge('haproxy_metrics_up', "Whether HAProxy's own metrics could be fetched.", []),
  };
}
