import type { Status } from '@registry-cache/admin';
import { escapeUnprintable, formatSize } from '@registry-cache/domain';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

/** One screen for people. What is wrong comes last, nearest to the prompt. */
export function formatStatus(status: Status): string[] {
  const { version, servingSince, store, upstreams, jobs, problems } = status;
  const since = servingSince === undefined ? '' : `, serving since ${formatTime(servingSince)}`;
  return [
    `registry-cache ${version}${since}`,
    formatStore(store),
    '',
    ...(upstreams === undefined ? ['upstreams: not known'] : formatUpstreams(upstreams)),
    '',
    ...(jobs.length === 0 ? ['no jobs are running'] : jobs.map(formatJob)),
    ...(problems.length === 0 ? ['nothing is wrong'] : problems.map(formatProblem)),
  ];
}

function formatStore(store: Status['store']): string {
  if (store === undefined) return 'store: not measured yet';
  const { usedBytes, limitBytes, blobs, oldestAccess } = store;
  const share = Math.round((100 * usedBytes) / limitBytes);
  const oldest = oldestAccess === undefined ? '' : `, oldest access ${formatTime(oldestAccess)}`;
  const size = `${formatSize(usedBytes)} of ${formatSize(limitBytes)} (${share} %)`;
  return `store: ${size} in ${blobs} blobs${oldest}`;
}

function formatUpstreams(upstreams: NonNullable<Status['upstreams']>): string[] {
  const rows = upstreams.map(({ name, state, since, rateLimit, reason = '' }) => {
    return [name, state, formatTime(since), formatRateLimit(rateLimit), reason];
  });
  return formatColumns(['UPSTREAM', 'STATE', 'SINCE', 'RATE LIMIT', 'REASON'], rows);
}

type RateLimit = NonNullable<Status['upstreams']>[number]['rateLimit'];

function formatRateLimit(rateLimit: RateLimit): string {
  if (rateLimit === undefined) return '';
  const { remaining = '?', limit = '?' } = rateLimit;
  return `${remaining} of ${limit}`;
}

function formatJob({ kind, what, since }: Status['jobs'][number]): string {
  return escapeUnprintable(`running since ${formatTime(since)}: ${kind} ${what}`);
}

function formatProblem({ message }: Status['problems'][number]): string {
  return escapeUnprintable(`! ${message}`);
}
