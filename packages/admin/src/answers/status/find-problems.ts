import type { UpstreamState } from '@registry-cache/domain';
import type { Status } from '../../contract/status.ts';
import { type MetricValues, sumOf } from '../../sources/parse-metrics.ts';

type Problem = Status['problems'][number];

export interface Facts {
  readonly metrics: MetricValues;
  /** Undefined while egress is away. */
  readonly upstreams: readonly UpstreamState[] | undefined;
  /** False while the history can be neither read nor written. */
  readonly hasHistory: boolean;
}

/** The problem that a metric tells when it is above a value. */
const ALARMS: readonly {
  readonly metric: string;
  readonly code: string;
  readonly describe: (value: number) => string;
}[] = [
  {
    metric: 'registry_cache_pull_secret_entries_left_out',
    code: 'pull-secret-left-out',
    describe: (count) =>
      `the pull secret has ${count} problems, and their entries are left out; registry-cache check names them`,
  },
  {
    metric: 'registry_cache_pull_secret_warnings',
    code: 'pull-secret-doubtful',
    describe: (count) =>
      `${count} entries of the pull secret may be meant in another way; registry-cache check names them`,
  },
  {
    metric: 'registry_cache_cleaner_problems',
    code: 'cleaner-problems',
    describe: (count) =>
      `the cleaner could not read or remove ${count} files of the store; its log names them`,
  },
  {
    metric: 'registry_cache_warm_failing',
    code: 'warm-failing',
    describe: (count) =>
      `${count} followed lists could not be warmed; registry-cache jobs says why`,
  },
  {
    metric: 'registry_cache_log_forward_dropped_total',
    code: 'log-lines-dropped',
    describe: (count) => `${count} log lines for a collector were dropped since the start`,
  },
];

/** Problems that an operator should look at, the most urgent first. */
export function findProblems({ metrics, upstreams, hasHistory }: Facts): Problem[] {
  const problems: Problem[] = [];
  if (upstreams === undefined) {
    const message = 'egress does not answer, so only stored content is served; see its log';
    problems.push({ code: 'egress-away', message });
  }
  for (const { name, state, reason } of upstreams ?? []) {
    if (state !== 'down') continue;
    const message = `${name} does not answer: ${reason ?? 'no reason is known'}`;
    problems.push({ code: 'upstream-down', message });
  }
  if (sumOf(metrics, 'registry_cache_config_last_reload_successful') === 0) {
    const message =
      'changed files are not in use, and the last good configuration is; registry-cache check says why';
    problems.push({ code: 'configuration-refused', message });
  }
  if (!hasHistory) {
    const message =
      'the history cannot be read or written, so counts are missing; the log of admin says why';
    problems.push({ code: 'history-away', message });
  }
  for (const { metric, code, describe } of ALARMS) {
    const value = sumOf(metrics, metric) ?? 0;
    if (value > 0) problems.push({ code, message: describe(value) });
  }
  return problems;
}
