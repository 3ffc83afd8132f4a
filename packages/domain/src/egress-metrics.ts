import { counter, gauge, type MetricSpec } from './metric-spec.ts';

/** Each of these has a value once the thing has happened for the first time. */
const LATER = 'the first time';
const WITH_PEERS = '`PEERS`, and the first request to another replica';
const WITH_BUCKET = '`S3_BUCKET`';

/** The metrics of the one program that talks to upstreams. */
export const EGRESS_METRICS = {
  registry_cache_egress_requests_total: counter(
    'Requests of engines and the hot lane, by status; 429 is a rate limit.',
    ['upstream', 'kind', 'status'],
    LATER,
  ),
  registry_cache_egress_bytes_total: counter(
    'Body bytes sent to engines and the hot lane.',
    ['upstream'],
    LATER,
  ),
  registry_cache_egress_fetches_total: counter(
    'Fetches of blobs, each shared by all waiting requests, by outcome: `not-stored` means a disk that takes no more, `failed` an upstream that sent no good bytes.',
    ['upstream', 'outcome'],
    LATER,
  ),
  registry_cache_egress_fetched_bytes_total: counter(
    'Bytes of blobs received from upstreams.',
    ['upstream'],
    LATER,
  ),
  registry_cache_egress_errors_total: counter(
    'Failed requests, by the phase that failed (docs/debugging.md).',
    ['upstream', 'phase'],
    LATER,
  ),
  registry_cache_egress_token_fetches_total: counter(
    'Requests to token services.',
    ['upstream', 'outcome'],
    LATER,
  ),
  registry_cache_egress_cloud_logins_total: counter(
    'Logins asked of the identities of clouds.',
    ['cloud', 'outcome'],
    LATER,
  ),
  registry_cache_egress_trials_total: counter(
    "Trials of clients' own logins, by outcome.",
    ['upstream', 'outcome'],
    LATER,
  ),
  registry_cache_egress_retries_total: counter('Requests sent again.', ['upstream'], LATER),
  registry_cache_egress_resumes_total: counter(
    'Bodies that were continued by Range.',
    ['upstream'],
    LATER,
  ),
  registry_cache_egress_stale_total: counter(
    'Expired tags that were served because the upstream could not be asked.',
    ['upstream'],
    LATER,
  ),
  registry_cache_egress_trust_verdicts_total: counter(
    'New verdicts on signatures of images: verified, refused, warned, unknown.',
    ['upstream', 'outcome'],
    LATER,
  ),
  registry_cache_egress_admission_verdicts_total: counter(
    'New verdicts on admission of images: admitted, refused, waiting, unknown.',
    ['upstream', 'outcome'],
    LATER,
  ),
  registry_cache_egress_uncached_bytes_total: counter(
    'Bytes of blobs passed on without storing them: parts, and blobs without a reservation.',
    ['upstream'],
    LATER,
  ),
  registry_cache_egress_damaged_blobs_total: counter(
    'Stored blobs that were found damaged, and are fetched anew.',
    ['upstream'],
    LATER,
  ),
  registry_cache_egress_mirror_misses_total: counter(
    'Requests that a mirror could not answer.',
    ['upstream', 'mirror', 'reason'],
    LATER,
  ),
  registry_cache_egress_peer_requests_total: counter(
    'Requests to the replica that they belong to: answered, own, no-answer, no-good-answer, wrong-bytes.',
    ['upstream', 'outcome'],
    WITH_PEERS,
  ),
  registry_cache_egress_peer_bytes_total: counter(
    'Body bytes of whole answers of peers.',
    ['upstream'],
    WITH_PEERS,
  ),
  registry_cache_egress_reservations_total: counter(
    'Reservations of space, by outcome: after `refused` and `late` the blob was passed through and not stored.',
    ['outcome'],
    LATER,
  ),
  registry_cache_egress_exchanges_running: gauge(
    'Running exchanges with upstreams, their bodies included.',
    ['upstream'],
  ),
  registry_cache_egress_exchanges_waiting: gauge(
    'Exchanges with upstreams that wait for a free place.',
    ['upstream'],
  ),
  registry_cache_egress_upstream_up: gauge(
    '1: the upstream answers. 0: it does not, and is not asked.',
    ['upstream'],
  ),
  registry_cache_upstream_ratelimit_limit: gauge(
    'Requests that the upstream grants by its own rate limit.',
    ['upstream'],
    'an upstream that tells it',
  ),
  registry_cache_upstream_ratelimit_remaining: gauge(
    'Requests that are left of the rate limit, as the upstream says.',
    ['upstream'],
    'an upstream that tells it',
  ),
  registry_cache_egress_file_good: gauge(
    'Whether the last change of a followed file could be read.',
    ['file'],
    LATER,
  ),
  registry_cache_egress_bucket_up: gauge(
    '1: the bucket answers. 0: it does not, and is not asked.',
    [],
    WITH_BUCKET,
  ),
  registry_cache_egress_bucket_queue: gauge('Objects that wait for the bucket.', [], WITH_BUCKET),
  registry_cache_egress_bucket_lookups_total: counter(
    'Requests to the bucket for content, by outcome.',
    ['outcome'],
    WITH_BUCKET,
  ),
  registry_cache_egress_bucket_uploads_total: counter(
    'Objects that were to be in the bucket, by outcome.',
    ['outcome'],
    WITH_BUCKET,
  ),
  registry_cache_egress_bucket_wrong_total: counter('Objects of the bucket with wrong bytes.'),
  registry_cache_egress_bucket_redirects_total: counter(
    'Requests for blobs that were sent to the bucket.',
  ),
  registry_cache_egress_spans_total: counter(
    'Spans of traces, by outcome: `sent`; `dropped` since the queue was full; `failed` since the collector did not take them; `left-out` beyond the most for one request.',
    ['outcome'],
    '`OTEL_EXPORTER_OTLP_ENDPOINT`',
  ),
  registry_cache_haproxy_metrics_up: gauge("Whether HAProxy's own metrics could be fetched."),
} as const satisfies Readonly<Record<string, MetricSpec>>;
