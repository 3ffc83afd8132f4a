import { EGRESS_METRICS } from '@registry-cache/domain';
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
  readonly spans: Counter<'outcome'>;
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
  const counter = <Label extends string>(name: EgressMetricName): Counter<Label> =>
    new Counter({ ...describe<Label>(name), registers: [registry] });
  const gauge = <Label extends string>(name: EgressMetricName): Gauge<Label> =>
    new Gauge({ ...describe<Label>(name), registers: [registry] });
  const bucketUp = gauge('registry_cache_egress_bucket_up');
  // Without a bucket there is no such metric, and so no alert.
  bucketUp.remove();
  const rateLimit = gauge('registry_cache_upstream_ratelimit_limit');
  const rateRemaining = gauge('registry_cache_upstream_ratelimit_remaining');
  const occupancies = new Map<string, Occupancy>();
  const exchanges = (state: keyof Occupancy) =>
    new Gauge({
      ...describe<'upstream'>(`registry_cache_egress_exchanges_${state}`),
      registers: [registry],
      collect() {
        for (const [upstream, now] of occupancies) this.set({ upstream }, now[state]);
      },
    });
  const running = exchanges('running');
  const waiting = exchanges('waiting');
  const up = gauge('registry_cache_egress_upstream_up');
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
    requests: counter('registry_cache_egress_requests_total'),
    bytes: counter('registry_cache_egress_bytes_total'),
    fetches: counter('registry_cache_egress_fetches_total'),
    fetchedBytes: counter('registry_cache_egress_fetched_bytes_total'),
    errors: counter('registry_cache_egress_errors_total'),
    tokenFetches: counter('registry_cache_egress_token_fetches_total'),
    cloudLogins: counter('registry_cache_egress_cloud_logins_total'),
    trials: counter('registry_cache_egress_trials_total'),
    retries: counter('registry_cache_egress_retries_total'),
    resumes: counter('registry_cache_egress_resumes_total'),
    stale: counter('registry_cache_egress_stale_total'),
    trustVerdicts: counter('registry_cache_egress_trust_verdicts_total'),
    admissionVerdicts: counter('registry_cache_egress_admission_verdicts_total'),
    uncachedBytes: counter('registry_cache_egress_uncached_bytes_total'),
    damaged: counter('registry_cache_egress_damaged_blobs_total'),
    mirrorMisses: counter('registry_cache_egress_mirror_misses_total'),
    peerRequests: counter('registry_cache_egress_peer_requests_total'),
    peerBytes: counter('registry_cache_egress_peer_bytes_total'),
    fileGood: gauge('registry_cache_egress_file_good'),
    reservations: counter('registry_cache_egress_reservations_total'),
    bucketUp,
    bucketLookups: counter('registry_cache_egress_bucket_lookups_total'),
    bucketUploads: counter('registry_cache_egress_bucket_uploads_total'),
    bucketWrong: counter('registry_cache_egress_bucket_wrong_total'),
    bucketRedirects: counter('registry_cache_egress_bucket_redirects_total'),
    spans: counter('registry_cache_egress_spans_total'),
    watchBucketQueue: (size) =>
      void new Gauge({
        ...describe('registry_cache_egress_bucket_queue'),
        registers: [registry],
        collect() {
          this.set(size());
        },
      }),
    haproxyUp: gauge('registry_cache_haproxy_metrics_up'),
  };
}

type EgressMetricName = keyof typeof EGRESS_METRICS;

function describe<Label extends string>(name: EgressMetricName) {
  const { help, labels } = EGRESS_METRICS[name];
  return { name, help, labelNames: labels as readonly Label[] };
}
