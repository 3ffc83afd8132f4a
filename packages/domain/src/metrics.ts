import { EGRESS_METRICS } from './egress-metrics.ts';
import { counter, gauge, histogram, type MetricSpec } from './metric-spec.ts';

const WITH_HOSTED = 'hosted registries, or a rule that allows `push` or `delete`';
const WITH_AUTH = 'logins, rules of access or `authorize`';
const WITH_LISTS = '`warm` in the policy file';
const WITH_FORWARD = '`LOG_FORWARD`';

/**
 * Every metric of the cache's own programs: the programs take type and help from here, and
 * docs/metrics.md lists them (`pnpm run docs`). No label has text that clients choose.
 */
export const METRICS = {
  registry_cache_answers_total: counter('Answers to clients, by their outcome.', [
    'upstream',
    'kind',
    'outcome',
  ]),
  registry_cache_served_bytes_total: counter(
    'Bytes sent to clients, headers included. Those of `hit` and `stale` are saved.',
    ['upstream', 'kind', 'outcome'],
  ),
  registry_cache_answer_first_byte_seconds: histogram(
    'From the head of a GET to the head of its answer.',
    ['kind', 'outcome'],
  ),
  registry_cache_answer_duration_seconds: histogram('From a GET to the last byte of its answer.', [
    'kind',
    'outcome',
  ]),
  registry_cache_rule_verdicts_total: counter(
    'Requests for images that the rules let through, and those that they refused.',
    ['upstream', 'verdict'],
  ),
  registry_cache_edge_noted_total: counter(
    'Requests that an operator should know of (docs/operating.md).',
    ['note'],
  ),
  registry_cache_logger_lines_total: counter('Lines read from the access log.'),
  registry_cache_logger_skipped_lines_total: counter('Lines that were not understood.'),
  registry_cache_logger_touched_total: counter('Access times set.'),
  registry_cache_logger_failed_touches_total: counter('Access times that could not be set.'),
  registry_cache_logger_audit_lines_total: counter('Lines written to the audit log.'),
  registry_cache_logger_audit_lost_total: counter(
    'Lines of the audit log that could not be written.',
  ),
  registry_cache_logger_lag_seconds: gauge('Age of the newest line read; 0 at the end of the log.'),
  registry_cache_log_forward_dropped_total: counter(
    'Lines for a log collector that its full queue or a full disk has dropped.',
    ['collector'],
    WITH_FORWARD,
  ),
  registry_cache_log_forward_queued_lines: gauge(
    'Lines that wait for a log collector.',
    ['collector'],
    WITH_FORWARD,
  ),
  registry_cache_store_bytes: gauge('Bytes in the store after the last run of the cleaner.'),
  registry_cache_store_limit_bytes: gauge('Bytes that cleaning ends at.'),
  registry_cache_store_blobs: gauge('Blobs in the store after the last run.'),
  registry_cache_store_oldest_access_timestamp_seconds: gauge(
    'Oldest access of a blob. Evicted blobs were unused for longer.',
    [],
    'a store that is not empty',
  ),
  registry_cache_store_free_inodes: gauge(
    'Inodes free on the disk before the last run.',
    [],
    'a filesystem that counts inodes',
  ),
  registry_cache_store_min_free_inodes: gauge(
    'Inodes that have to stay free on the disk.',
    [],
    'a filesystem that counts inodes',
  ),
  registry_cache_store_pinned_bytes: gauge('Bytes of the store that pins keep.'),
  registry_cache_store_pinned_blobs: gauge('Blobs of the store that pins keep.'),
  registry_cache_store_pins: gauge('Pinned tags and digests.', ['why']),
  registry_cache_store_unreadable_pins: gauge('Pins, and folders of them, that cannot be read.'),
  registry_cache_evicted_bytes_total: counter(
    'Bytes of evicted blobs, by what made the cleaner look: its `start`, its `timer`, `growth` of the store, a `reservation` for a fetch, or changed `pins`.',
    ['reason'],
  ),
  registry_cache_evicted_blobs_total: counter('Evicted blobs, by the same reasons.', ['reason']),
  registry_cache_damaged_blobs_total: counter('Blobs found damaged by the cleaner.'),
  registry_cache_cleaner_last_run_timestamp_seconds: gauge('When the last run began.'),
  registry_cache_cleaner_last_run_duration_seconds: gauge('How long it took.'),
  registry_cache_cleaner_problems: gauge('Files it could not read or remove.'),
  registry_cache_config_last_reload_successful: gauge(
    'Whether the newest input files are the ones that are in use.',
  ),
  registry_cache_config_reload_failures_total: counter(
    'Changes of input files that could not be used.',
  ),
  registry_cache_certificate_not_after_timestamp_seconds: gauge(
    'When the certificate ends that clients see.',
  ),
  registry_cache_pull_secret_entries_left_out: gauge(
    'Problems by which entries of the pull secret in use are left out.',
  ),
  registry_cache_pull_secret_warnings: gauge(
    'Entries of the pull secret in use that are taken in another way than they may be meant.',
  ),
  registry_cache_auth_checks_total: counter(
    'Checked credentials, by outcome: bcrypt checked `accepted` and `refused`, `remembered` needed no check, `limited` are guesses that got 429, `turned-away` got 503.',
    ['outcome'],
    WITH_AUTH,
  ),
  registry_cache_auth_waiting: gauge('Passwords that wait to be checked.', [], WITH_AUTH),
  registry_cache_hosted_bytes: gauge(
    'Bytes that hosted images take, uploads in progress included.',
    [],
    WITH_HOSTED,
  ),
  registry_cache_hosted_max_bytes: gauge('Bytes that hosted images may take.', [], WITH_HOSTED),
  registry_cache_hosted_pushes_total: counter('Manifests that were pushed.', [], WITH_HOSTED),
  registry_cache_hosted_deletions_total: counter(
    'Manifests, tags and blobs that clients deleted.',
    [],
    WITH_HOSTED,
  ),
  registry_cache_hosted_refused_total: counter(
    'Requests of pushes that got 507, for lack of room.',
    [],
    WITH_HOSTED,
  ),
  registry_cache_hosted_freed_bytes_total: counter(
    'Bytes that deletions have freed.',
    [],
    WITH_HOSTED,
  ),
  registry_cache_warm_last_success_timestamp_seconds: gauge(
    'When a followed list was last warmed without a failure; 0 for never.',
    ['list'],
    WITH_LISTS,
  ),
  registry_cache_warm_failures_total: counter(
    'Runs of a followed list that failed.',
    ['list'],
    WITH_LISTS,
  ),
  registry_cache_warm_failing: gauge(
    '1 while the last run of a followed list has failed.',
    ['list'],
    WITH_LISTS,
  ),
  ...EGRESS_METRICS,
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;
