import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { RateLimit } from './rate-limit.ts';

/** How many exchanges of one upstream run, and how many wait. */
export interface Occupancy {
  readonly running: number;
  readonly waiting: number;
}

export interface EgressMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'upstream' | 'kind' | 'status'>;
  readonly bytes: Counter<'upstream'>;
  readonly fetches: Counter<'upstream' | 'outcome'>;
  readonly fetchedBytes: Counter<'upstream'>;
  readonly errors: Counter<'upstream' | 'phase'>;
  readonly tokenFetches: Counter<'upstream' | 'outcome'>;
  readonly cloudLogins: Counter<'cloud' | 'outcome'>;
  readonly trials: Counter<'upstream' | 'outcome'>;
  readonly retries: Counter<'upstream'>;
  readonly resumes: Counter<'upstream'>;
  readonly stale: Counter<'upstream'>;
  readonly trustVerdicts: Counter<'upstream' | 'outcome'>;
  readonly admissionVerdicts: Counter<'upstream' | 'outcome'>;
  readonly damaged: Counter<'upstream'>;
  readonly uncachedBytes: Counter<'upstream'>;
  readonly mirrorMisses: Counter<'upstream' | 'mirror' | 'reason'>;
  readonly peerRequests: Counter<'upstream' | 'outcome'>;
  readonly peerBytes: Counter<'upstream'>;
  /** 0 while a changed file is broken, and egress uses its last good content. */
  readonly fileGood: Gauge<'file'>;
  readonly haproxyUp: Gauge;
  readonly bucketUp: Gauge;
  readonly bucketLookups: Counter<'outcome'>;
  readonly bucketUploads: Counter<'outcome'>;
  readonly bucketWrong: Counter;
  readonly bucketRedirects: Counter;
  /** From now on, shows how much waits for the bucket. */
  watchBucketQueue(size: () => number): void;
  readonly reservations: Counter<'outcome'>;
  /** Shows whether the upstream answers; if it does not, it is not asked. */
  showUp(upstream: string, isUp: boolean): void;
  /** Shows an upstream's rate limit; a missing value leaves the last one. */
  showRateLimit(upstream: string, limit: RateLimit): void;
  /** From now on, shows how many exchanges of this upstream run and wait, and its other gauges. */
  watchLimits(upstream: string, limits: Occupancy): void;
  /** Removes the gauges of all other upstreams. Counters stay, as the sums since the start. */
  keepUpstreams(names: ReadonlySet<string>): void;
}

export function createMetrics(): EgressMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `registry_cache_egress_${name}`, help, labelNames, registers: [registry] });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name: `registry_cache_${name}`, help, labelNames, registers: [registry] });
  const rateLimit = gauge(
    'upstream_ratelimit_limit',
    'Requests that the upstream grants by its own rate limit.',
    ['upstream'],
  );
  const rateRemaining = gauge(
    'upstream_ratelimit_remaining',
    'Requests that are left of the rate limit, as the upstream says.',
    ['upstream'],
  );
  const occupancies = new Map<string, Occupancy>();
  const exchanges = (state: keyof Occupancy, help: string) =>
    new Gauge({
      name: `registry_cache_egress_exchanges_${state}`,
      help,
      labelNames: ['upstream'],
      registers: [registry],
      collect() {
        for (const [upstream, now] of occupancies) this.set({ upstream }, now[state]);
      },
    });
  const running = exchanges('running', 'Running exchanges with upstreams, their bodies included.');
  const waiting = exchanges('waiting', 'Exchanges with upstreams that wait for a free place.');
  const up = gauge(
    'egress_upstream_up',
    '1: the upstream answers. 0: it does not, and is not asked.',
    ['upstream'],
  );
  return {
    registry,
    // The old client of a removed upstream may still have exchanges.
    showUp(upstream, isUp) {
      if (occupancies.has(upstream)) up.set({ upstream }, isUp ? 1 : 0);
    },
    showRateLimit(upstream, { limit, remaining }) {
      if (!occupancies.has(upstream)) return;
      if (limit !== undefined) rateLimit.set({ upstream }, limit);
      if (remaining !== undefined) rateRemaining.set({ upstream }, remaining);
    },
    watchLimits: (upstream, limits) => void occupancies.set(upstream, limits),
    keepUpstreams(names) {
      for (const upstream of [...occupancies.keys()].filter((name) => !names.has(name))) {
        occupancies.delete(upstream);
        for (const one of [running, waiting, up, rateLimit, rateRemaining])
          one.remove({ upstream });
      }
    },
    requests: counter('requests_total', 'Requests of engines and the hot lane, by status.', [
      'upstream',
      'kind',
      'status',
    ]),
    bytes: counter('bytes_total', 'Body bytes sent to engines and the hot lane.', ['upstream']),
    fetches: counter(
      'fetches_total',
      'Fetches of blobs, each shared by all waiting requests, by outcome.',
      ['upstream', 'outcome'],
    ),
    fetchedBytes: counter('fetched_bytes_total', 'Bytes of blobs received from upstreams.', [
      'upstream',
    ]),
    errors: counter('errors_total', 'Failed requests, by the phase that failed.', [
      'upstream',
      'phase',
    ]),
    tokenFetches: counter('token_fetches_total', 'Requests to token services.', [
      'upstream',
      'outcome',
    ]),
    cloudLogins: counter('cloud_logins_total', 'Logins asked of the identities of clouds.', [
      'cloud',
      'outcome',
    ]),
    trials: counter('trials_total', "Trials of clients' own logins, by outcome.", [
      'upstream',
      'outcome',
    ]),
    retries: counter('retries_total', 'Requests that were sent again.', ['upstream']),
    resumes: counter('resumes_total', 'Bodies that were continued by Range.', ['upstream']),
    stale: counter(
      'stale_total',
      'Expired tags that were served because the upstream could not be asked.',
      ['upstream'],
    ),
    trustVerdicts: counter(
      'trust_verdicts_total',
      'New verdicts on signatures of images: verified, refused, warned, unknown.',
      ['upstream', 'outcome'],
    ),
    admissionVerdicts: counter(
      'admission_verdicts_total',
      'New verdicts on admission of images: admitted, refused, waiting, unknown.',
      ['upstream', 'outcome'],
    ),
    uncachedBytes: counter(
      'uncached_bytes_total',
      'Bytes of blobs passed on without storing them: parts, and blobs without a reservation.',
      ['upstream'],
    ),
    damaged: counter('damaged_blobs_total', 'Stored blobs that were found damaged.', ['upstream']),
    mirrorMisses: counter('mirror_misses_total', 'Requests that a mirror could not answer.', [
      'upstream',
      'mirror',
      'reason',
    ]),
    peerRequests: counter(
      'peer_requests_total',
      'Requests to the replica that they belong to: answered, no-answer, no-good-answer, wrong-bytes.',
      ['upstream', 'outcome'],
    ),
    peerBytes: counter('peer_bytes_total', 'Body bytes of whole answers of peers.', ['upstream']),
    fileGood: gauge(
      'egress_file_good',
      'Whether the last change of a followed file could be read.',
      ['file'],
    ),
    reservations: counter(
      'reservations_total',
      'Reservations asked of the cleaner, by their outcome.',
      ['outcome'],
    ),
    bucketUp: gauge(
      'egress_bucket_up',
      '1: the bucket answers. 0: it does not, and is not asked.',
      [],
    ),
    bucketLookups: counter(
      'bucket_lookups_total',
      'Requests to the bucket for content, by outcome.',
      ['outcome'],
    ),
    bucketUploads: counter(
      'bucket_uploads_total',
      'Objects that were to be in the bucket, by outcome.',
      ['outcome'],
    ),
    bucketWrong: counter('bucket_wrong_total', 'Objects of the bucket with wrong bytes.', []),
    bucketRedirects: counter(
      'bucket_redirects_total',
      'Requests for blobs that were sent to the bucket.',
      [],
    ),
    watchBucketQueue: (size) =>
      void new Gauge({
        name: 'registry_cache_egress_bucket_queue',
        help: 'Objects that wait for the bucket.',
        registers: [registry],
        collect() {
          this.set(size());
        },
      }),
    haproxyUp: gauge('haproxy_metrics_up', "Whether HAProxy's own metrics could be fetched.", []),
  };
}
