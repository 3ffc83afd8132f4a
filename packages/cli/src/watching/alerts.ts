/** One rule of Prometheus. docs/alerts.md says what each means, and what to do. */
export interface Alert {
  readonly name: string;
  /** It fires once this has been true for `for`. */
  readonly expr: string;
  readonly for: string;
  /** `critical`: clients notice. `warning`: they will. */
  readonly severity: 'critical' | 'warning';
  readonly summary: string;
  readonly description: string;
}

/** Durations in expressions are written so that tests can shorten them. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'RegistryCacheDown',
    expr: 'up{job=~".*registry-cache.*"} == 0',
    for: '5m',
    severity: 'critical',
    summary: 'registry-cache {{ $labels.instance }} does not answer',
    description: 'Prometheus cannot read its metrics. Clients may not be able to pull.',
  },
  {
    name: 'RegistryCacheUpstreamDown',
    expr: 'registry_cache_egress_upstream_up == 0',
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.upstream }} does not answer',
    description:
      'The cache leaves it alone until it answers again. Stored images are served; others fail.',
  },
  {
    name: 'RegistryCacheUpstreamFails',
    expr: `sum by (job, instance, upstream) (rate(registry_cache_answers_total{outcome="failed",upstream!=""}[10m]))
  / sum by (job, instance, upstream) (rate(registry_cache_answers_total{upstream!=""}[10m])) > 0.05`,
    for: '10m',
    severity: 'critical',
    summary: '{{ $value | humanizePercentage }} of the requests for {{ $labels.upstream }} fail',
    description: 'More than 5 % of the answers to clients are errors of the upstream or the cache.',
  },
  {
    name: 'RegistryCacheRateLimitNear',
    expr: 'registry_cache_upstream_ratelimit_remaining / registry_cache_upstream_ratelimit_limit < 0.1',
    for: '5m',
    severity: 'warning',
    summary:
      '{{ $value | humanizePercentage }} of the rate limit of {{ $labels.upstream }} is left',
    description: 'When nothing is left, cold images of this registry cannot be pulled for hours.',
  },
  {
    name: 'RegistryCacheFullSoon',
    expr: `registry_cache_store_bytes < registry_cache_store_limit_bytes
  and predict_linear(registry_cache_store_bytes[6h], 4 * 86400) > registry_cache_store_limit_bytes`,
    for: '1h',
    severity: 'warning',
    summary: 'the store of {{ $labels.instance }} is full in four days',
    description: 'At its limit the cache evicts what was unused for longest.',
  },
  {
    name: 'RegistryCacheEvictsYoung',
    expr: `sum by (job, instance) (rate(registry_cache_evicted_bytes_total[30m])) > 0
  and sum by (job, instance) (time() - registry_cache_store_oldest_access_timestamp_seconds) < 86400`,
    for: '30m',
    severity: 'warning',
    summary: '{{ $labels.instance }} evicts what was used within a day',
    description: 'The store is too small for what is pulled, so the same blobs are fetched again.',
  },
  {
    name: 'RegistryCacheCleanerBehind',
    expr: `time() - registry_cache_cleaner_last_run_timestamp_seconds > 7200
  or registry_cache_cleaner_problems > 0`,
    for: '10m',
    severity: 'warning',
    summary: 'the cleaner of {{ $labels.instance }} does not work',
    description: 'It has not run for two hours, or could not read or remove files of the store.',
  },
  {
    name: 'RegistryCacheLoggerBehind',
    expr: 'registry_cache_logger_lag_seconds > 60',
    for: '5m',
    severity: 'warning',
    summary: 'the logger of {{ $labels.instance }} is {{ $value | humanizeDuration }} behind',
    description: 'Access times are set late, so the cleaner may evict what is in use.',
  },
  {
    name: 'RegistryCacheLogLinesDropped',
    expr: `increase(haproxy_process_dropped_logs_total[15m]) > 0
  or increase(registry_cache_log_forward_dropped_total[15m]) > 0
  or increase(registry_cache_logger_audit_lost_total[15m]) > 0`,
    for: '1m',
    severity: 'warning',
    summary: '{{ $labels.instance }} drops lines of its logs',
    description:
      'Dropped requests do not count as use, or a collector or the audit log lacks lines.',
  },
  {
    name: 'RegistryCacheCertificateEnds',
    expr: 'registry_cache_certificate_not_after_timestamp_seconds - time() < 14 * 86400',
    for: '1h',
    severity: 'critical',
    summary: 'the certificate of {{ $labels.instance }} ends in {{ $value | humanizeDuration }}',
    description: 'After that no client trusts the cache.',
  },
  {
    name: 'RegistryCacheConfigurationRefused',
    expr: 'registry_cache_config_last_reload_successful == 0 or registry_cache_egress_file_good == 0',
    for: '5m',
    severity: 'warning',
    summary: '{{ $labels.instance }} refuses its newest configuration',
    description: 'A changed file is broken. The last good one stays in use until the next start.',
  },
  {
    name: 'RegistryCacheEntriesLeftOut',
    expr: 'registry_cache_pull_secret_entries_left_out > 0',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.instance }} leaves entries of its pull secret out',
    description: 'Registries of these entries are not served, or without their login.',
  },
  {
    name: 'RegistryCacheBucketDown',
    expr: 'registry_cache_egress_bucket_up == 0',
    for: '10m',
    severity: 'warning',
    summary: 'the bucket of {{ $labels.instance }} does not answer',
    description: 'Content of the bucket is fetched from upstreams, and new content waits on disk.',
  },
  {
    name: 'RegistryCachePeerDown',
    expr: 'haproxy_server_status{proxy="own:peers",state="DOWN"} == 1',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.instance }} cannot reach its replica {{ $labels.server }}',
    description: 'Other replicas take its part over. What it alone has is fetched again.',
  },
  {
    name: 'RegistryCacheBlobsDamaged',
    expr: `increase(registry_cache_damaged_blobs_total[1h]) > 0
  or increase(registry_cache_egress_damaged_blobs_total[1h]) > 0`,
    for: '1m',
    severity: 'warning',
    summary: '{{ $labels.instance }} has found damaged blobs',
    description: 'They are fetched again. The disk may be failing.',
  },
  {
    name: 'RegistryCacheListFails',
    expr: 'registry_cache_warm_failing == 1',
    for: '1h',
    severity: 'warning',
    summary: 'the list {{ $labels.list }} cannot be warmed',
    description: 'Its newest images are not brought in ahead of their first pull.',
  },
];
