import { formatIssue, formatNotice } from '@registry-cache/domain';
import type { Logger, Metric } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';

type Findings = Pick<Model, 'leftOut' | 'notices'>;

/** Logs entries of the pull secret that cannot be used, and those with a doubtful meaning. */
export function reportPullSecret({ leftOut, notices }: Findings, log: Logger): void {
  if (leftOut.length > 0) {
    log.error({ issues: leftOut.map(formatIssue) }, 'entries of the pull secret are left out');
  }
  if (notices.length > 0) {
    log.warn(
      { notices: notices.map(formatNotice) },
      'entries of the pull secret that may have an unexpected meaning',
    );
  }
}

export function describePullSecret({ leftOut, notices }: Findings): Metric[] {
  return [
    {
      name: 'registry_cache_pull_secret_entries_left_out',
      value: leftOut.length,
    },
    {
      name: 'registry_cache_pull_secret_warnings',
      value: notices.length,
    },
  ];
}
