import { escapeUnprintable, formatDuration } from '@registry-cache/domain';
import type { FollowedState, JobView } from '@registry-cache/jobs';
import { formatDone } from '../progress.ts';

/**
 * One job for people: when it began, what it is, its state, and how far it came. A second line has
 * the command that goes on.
 */
export function formatJob(job: JobView): string[] {
  const { kind, by, what, state, since, ended, progress, error, goesOnBy } = job;
  const until = ended === undefined ? '' : ` ${shortTime(ended)}`;
  const far = progress === undefined ? '' : `, ${formatDone(progress)}`;
  const why = error === undefined ? '' : `: ${error}`;
  const line = `${shortTime(since)} ${kind} ${what} (by ${by}): ${state}${until}${far}${why}`;
  if (goesOnBy === undefined) return [escapeUnprintable(line)];
  const next = by === 'policy' ? 'goes on by itself' : `goes on by: ${goesOnBy}`;
  return [escapeUnprintable(line), escapeUnprintable(`    ${next}`)];
}

/** One list that is followed, for people. */
export function formatFollowed(state: FollowedState): string {
  const { list, everyMs, succeededMs, nextMs, error, endedMs } = state;
  const good = succeededMs === undefined ? 'never' : timeOf(succeededMs);
  const next = endedMs === undefined ? 'now' : nextMs === undefined ? 'soon' : timeOf(nextMs);
  const why = error === undefined ? '' : `; last failure: ${error}`;
  const every = `every ${formatDuration(everyMs)}`;
  return escapeUnprintable(`follows ${list} ${every}; last success ${good}, next ${next}${why}`);
}

function timeOf(ms: number): string {
  return shortTime(new Date(ms).toISOString());
}

/** Without milliseconds. */
function shortTime(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z');
}
