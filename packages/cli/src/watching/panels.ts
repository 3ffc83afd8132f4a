/** A plot or a number of the dashboard. */
export interface Panel {
  readonly title: string;
  readonly description?: string;
  readonly kind: 'number' | 'plot';
  /** A unit of Grafana: `percentunit`, `bytes`, `Bps`, `reqps`, `s`, `short`, `dateTimeFromNow`. */
  readonly unit: string;
  readonly queries: readonly Query[];
}

interface Query {
  /** PromQL. It always has a value, so that no panel is empty. */
  readonly expr: string;
  readonly legend: string;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const IMAGES = 'kind=~"manifest|blob"';
const HIT_RATE = (by: string, range: string) =>
  `sum${by} (rate(registry_cache_answers_total{instance=~"$instance",${IMAGES},outcome="hit"}[${range}])) / (sum${by} (rate(registry_cache_answers_total{instance=~"$instance",${IMAGES},outcome=~"hit|miss|stale"}[${range}])) > 0)`;
const QUANTILE = (of: number, metric: string) =>
  `histogram_quantile(${of}, sum by (le, outcome) (rate(${metric}_bucket{instance=~"$instance",kind="blob"}[$__rate_interval])))`;
const RATE = (metric: string, labels = '') =>
  `rate(${metric}{instance=~"$instance"${labels}}[$__rate_interval])`;

export const ROWS: readonly Row[] = [
  {
    title: 'Now',
    panels: [
      number(
        'Hit rate',
        'percentunit',
        `${HIT_RATE('', '1h')} or vector(0)`,
        'Manifests and blobs, in the last hour.',
      ),
      number(
        'Saved in a day',
        'bytes',
        'sum(increase(registry_cache_served_bytes_total{instance=~"$instance",outcome=~"hit|stale"}[1d]))',
        'Bytes of hits and stale answers: no upstream sent them.',
      ),
      number(
        'Upstreams that do not answer',
        'short',
        'count(registry_cache_egress_upstream_up{instance=~"$instance"} == 0) or vector(0)',
      ),
      number(
        'Store',
        'percentunit',
        'max(registry_cache_store_bytes{instance=~"$instance"} / registry_cache_store_limit_bytes)',
        'Of its limit.',
      ),
      number(
        'Certificate ends in',
        's',
        'min(registry_cache_certificate_not_after_timestamp_seconds{instance=~"$instance"}) - time()',
      ),
      number(
        'Configuration in use is the newest',
        'short',
        'min(registry_cache_config_last_reload_successful{instance=~"$instance"})',
        '1: yes. 0: a changed file is broken.',
      ),
    ],
  },
  {
    title: 'Traffic',
    panels: [
      plot('Answers', 'reqps', [
        `sum by (outcome) (${RATE('registry_cache_answers_total')})`,
        '{{outcome}}',
      ]),
      plot('Hit rate by upstream', 'percentunit', [
        HIT_RATE(' by (upstream)', '$__rate_interval'),
        '{{upstream}}',
      ]),
      plot(
        'Bytes',
        'Bps',
        [`sum(${RATE('registry_cache_served_bytes_total', ',outcome=~"hit|stale"')})`, 'saved'],
        [`sum(${RATE('registry_cache_served_bytes_total')})`, 'served'],
        [`sum(${RATE('registry_cache_egress_fetched_bytes_total')}) or vector(0)`, 'fetched'],
      ),
      plot(
        'First byte of a blob',
        's',
        [QUANTILE(0.5, 'registry_cache_answer_first_byte_seconds'), 'half, {{outcome}}'],
        [QUANTILE(0.95, 'registry_cache_answer_first_byte_seconds'), '95 %, {{outcome}}'],
      ),
      plot(
        'Whole blob',
        's',
        [QUANTILE(0.5, 'registry_cache_answer_duration_seconds'), 'half, {{outcome}}'],
        [QUANTILE(0.95, 'registry_cache_answer_duration_seconds'), '95 %, {{outcome}}'],
      ),
      plot('Failed and refused', 'reqps', [
        `sum by (upstream, outcome) (${RATE('registry_cache_answers_total', ',outcome=~"failed|refused"')}) or vector(0)`,
        '{{upstream}} {{outcome}}',
      ]),
    ],
  },
  {
    title: 'Upstreams',
    panels: [
      plot('Reachable', 'short', [
        'min by (upstream) (registry_cache_egress_upstream_up{instance=~"$instance"})',
        '{{upstream}}',
      ]),
      plot('Errors by phase', 'reqps', [
        `sum by (upstream, phase) (${RATE('registry_cache_egress_errors_total')}) or vector(0)`,
        '{{upstream}} {{phase}}',
      ]),
      plot(
        'Exchanges',
        'short',
        [
          'sum by (upstream) (registry_cache_egress_exchanges_running{instance=~"$instance"})',
          '{{upstream}} run',
        ],
        [
          'sum by (upstream) (registry_cache_egress_exchanges_waiting{instance=~"$instance"})',
          '{{upstream}} wait',
        ],
      ),
      plot('Left of the rate limit', 'short', [
        'min by (upstream) (registry_cache_upstream_ratelimit_remaining{instance=~"$instance"}) or vector(0)',
        '{{upstream}}',
      ]),
      plot('Fetched', 'Bps', [
        `sum by (upstream) (${RATE('registry_cache_egress_fetched_bytes_total')}) or vector(0)`,
        '{{upstream}}',
      ]),
      plot('Stale tags', 'reqps', [
        `sum by (upstream) (${RATE('registry_cache_egress_stale_total')}) or vector(0)`,
        '{{upstream}}',
      ]),
    ],
  },
  {
    title: 'Store',
    panels: [
      plot(
        'Size',
        'bytes',
        ['registry_cache_store_bytes{instance=~"$instance"}', '{{instance}}'],
        ['registry_cache_store_limit_bytes{instance=~"$instance"}', '{{instance}} limit'],
        ['registry_cache_store_pinned_bytes{instance=~"$instance"}', '{{instance}} pinned'],
      ),
      plot('Evicted', 'Bps', [
        `sum by (reason) (${RATE('registry_cache_evicted_bytes_total')})`,
        '{{reason}}',
      ]),
      plot('Unused for, at most', 's', [
        'time() - registry_cache_store_oldest_access_timestamp_seconds{instance=~"$instance"}',
        '{{instance}}',
      ]),
      plot('Blobs', 'short', ['registry_cache_store_blobs{instance=~"$instance"}', '{{instance}}']),
      plot('Objects that wait for the bucket', 'short', [
        'sum(registry_cache_egress_bucket_queue{instance=~"$instance"}) or vector(0)',
        'waiting',
      ]),
      plot('Requests to other replicas', 'reqps', [
        `sum by (outcome) (${RATE('registry_cache_egress_peer_requests_total')}) or vector(0)`,
        '{{outcome}}',
      ]),
    ],
  },
  {
    title: 'Rules and programs',
    panels: [
      plot('Verdicts of the rules', 'reqps', [
        `sum by (verdict) (${RATE('registry_cache_rule_verdicts_total')})`,
        '{{verdict}}',
      ]),
      plot(
        'Verdicts on signatures and admission',
        'reqps',
        [
          `sum by (outcome) (${RATE('registry_cache_egress_trust_verdicts_total')}) or vector(0)`,
          'signature {{outcome}}',
        ],
        [
          `sum by (outcome) (${RATE('registry_cache_egress_admission_verdicts_total')}) or vector(0)`,
          'admission {{outcome}}',
        ],
      ),
      plot('Checked logins', 'reqps', [
        `sum by (outcome) (${RATE('registry_cache_auth_checks_total')}) or vector(0)`,
        '{{outcome}}',
      ]),
      plot('Lists that cannot be warmed', 'short', [
        'sum(registry_cache_warm_failing{instance=~"$instance"}) or vector(0)',
        'lists',
      ]),
      plot(
        'Logs',
        'short',
        ['max(registry_cache_logger_lag_seconds{instance=~"$instance"})', 'seconds behind'],
        [
          'sum(increase(haproxy_process_dropped_logs_total{instance=~"$instance"}[$__rate_interval]))',
          'dropped lines',
        ],
      ),
      plot('Clients', 'short', [
        'sum(haproxy_frontend_current_sessions{instance=~"$instance",proxy="edge"})',
        'connections',
      ]),
    ],
  },
];

function number(title: string, unit: string, expr: string, description?: string): Panel {
  const queries = [{ expr, legend: '' }];
  return {
    title,
    kind: 'number',
    unit,
    queries,
    ...(description !== undefined && { description }),
  };
}

function plot(title: string, unit: string, ...queries: (readonly [string, string])[]): Panel {
  return {
    title,
    kind: 'plot',
    unit,
    queries: queries.map(([expr, legend]) => ({ expr, legend })),
  };
}
