/** Series that let an alert fire: a fault from minute 10 on, that has gone at minute 100. */
export interface AlertValues {
  readonly series: string;
  /** In the notation of `promtool test rules`, a value each minute. */
  readonly values: string;
}

const MINUTES = 600;
const JOB = 'job="registry-cache",instance="cache:8081"';
/** 11 minutes of one value, 90 of another, then the first again. */
const between = (good: number, bad: number) => `${good}x10 ${bad}x89 ${good}x${MINUTES}`;
/** A counter that grows between the minutes 10 and 100 alone. */
const growing = (by: number) => `0x10 ${by}+${by}x89 ${by * 90}x${MINUTES}`;
const series = (name: string, labels = '') => `${name}{${JOB}${labels}}`;
const UP = { series: series('up'), values: `1x${MINUTES}` };

/** What each alert of deploy/prometheus/alerts.yaml needs. */
export const ALERT_VALUES: Readonly<Record<string, readonly AlertValues[]>> = {
  RegistryCacheDown: [{ ...UP, values: between(1, 0) }],
  RegistryCacheUpstreamDown: [
    {
      series: series('registry_cache_egress_upstream_up', ',upstream="quay.io"'),
      values: between(1, 0),
    },
  ],
  RegistryCacheUpstreamFails: [
    {
      series: series(
        'registry_cache_answers_total',
        ',upstream="quay.io",kind="blob",outcome="failed"',
      ),
      values: growing(6),
    },
    {
      series: series(
        'registry_cache_answers_total',
        ',upstream="quay.io",kind="blob",outcome="hit"',
      ),
      values: `0+60x${MINUTES + 100}`,
    },
  ],
  RegistryCacheRateLimitNear: [
    {
      series: series('registry_cache_upstream_ratelimit_remaining', ',upstream="docker.io"'),
      values: between(90, 9),
    },
    {
      series: series('registry_cache_upstream_ratelimit_limit', ',upstream="docker.io"'),
      values: `100x${MINUTES + 100}`,
    },
  ],
  RegistryCacheFullSoon: [
    // Four days of this would fill the store twice.
    { series: series('registry_cache_store_bytes'), values: `0x10 1+1x89 90x${MINUTES}` },
    { series: series('registry_cache_store_limit_bytes'), values: `3000x${MINUTES + 100}` },
  ],
  RegistryCacheEvictsYoung: [
    {
      series: series('registry_cache_evicted_bytes_total', ',reason="growth"'),
      values: growing(1000),
    },
    // The oldest access is an hour ago.
    {
      series: series('registry_cache_store_oldest_access_timestamp_seconds'),
      values: `-3600+60x${MINUTES + 100}`,
    },
  ],
  RegistryCacheCleanerBehind: [
    { series: series('registry_cache_cleaner_problems'), values: between(0, 3) },
    {
      series: series('registry_cache_cleaner_last_run_timestamp_seconds'),
      values: `0+60x${MINUTES + 100}`,
    },
  ],
  RegistryCacheLoggerBehind: [
    { series: series('registry_cache_logger_lag_seconds'), values: between(0, 300) },
  ],
  RegistryCacheLogLinesDropped: [
    { series: series('haproxy_process_dropped_logs_total'), values: growing(5) },
  ],
  RegistryCacheCertificateEnds: [
    {
      series: series('registry_cache_certificate_not_after_timestamp_seconds'),
      values: between(30 * 86_400, 7 * 86_400),
    },
  ],
  RegistryCacheConfigurationRefused: [
    { series: series('registry_cache_config_last_reload_successful'), values: between(1, 0) },
  ],
  RegistryCacheEntriesLeftOut: [
    { series: series('registry_cache_pull_secret_entries_left_out'), values: between(0, 1) },
  ],
  RegistryCacheBucketDown: [
    { series: series('registry_cache_egress_bucket_up'), values: between(1, 0) },
  ],
  RegistryCachePeerDown: [
    {
      series: series('haproxy_server_status', ',proxy="own:peers",server="peer1",state="DOWN"'),
      values: between(0, 1),
    },
  ],
  RegistryCacheBlobsDamaged: [
    { series: series('registry_cache_damaged_blobs_total'), values: growing(1) },
  ],
  RegistryCacheListFails: [
    { series: series('registry_cache_warm_failing', ',list="base"'), values: between(0, 1) },
  ],
};

/** The file for `promtool test rules`: before, within and after the fault of each alert. */
export function formatRuleTests(rulesFile: string): string {
  const tests = Object.entries(ALERT_VALUES).map(([name, input]) => {
    const rule = (minute: number, isFiring: boolean) => ({
      expr: `count(ALERTS{alertname="${name}",alertstate="firing"})`,
      eval_time: `${minute}m`,
      exp_samples: isFiring ? [{ labels: '{}', value: 1 }] : [],
    });
    return {
      name,
      interval: '1m',
      input_series: input,
      promql_expr_test: [rule(9, false), rule(95, true), rule(580, false)],
    };
  });
  return JSON.stringify({ rule_files: [rulesFile], evaluation_interval: '5m', tests });
}
