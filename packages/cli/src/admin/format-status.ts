import type { Status } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';
import { formatColumns } from './format-columns.ts';
import { formatNumbers } from './format-saved.ts';
import { formatTime } from './format-time.ts';
import { formatStates } from './format-upstreams.ts';

/** One screen for people. What is wrong comes last, nearest to the prompt. */
export function formatStatus(status: Status): string[] {
  const { version, servingSince, store, saved, upstreams, jobs, problems } = status;
  const since = servingSince === undefined ? '' : `, serving since ${formatTime(servingSince)}`;
  return [
    `registry-cache ${version}${since}`,
    formatStore(store),
    '',
    ...formatColumns(
      ['', 'REQUESTS', 'FROM THE CACHE', 'BYTES', 'SAVED', 'TIME SAVED'],
      [
        ['last hour', ...formatNumbers(saved.hour)],
        ['last day', ...formatNumbers(saved.day)],
      ],
    ),
    '',
    ...(upstreams === undefined ? ['upstreams: not known'] : formatStates(upstreams)),
    '',
    `fetches that run: ${status.running ?? 'not known'}`,
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

function formatJob({ kind, what, since }: Status['jobs'][number]): string {
  return `running since ${formatTime(since)}: ${kind} ${what}`;
}

function formatProblem({ message }: Status['problems'][number]): string {
  return `! ${message}`;
}
