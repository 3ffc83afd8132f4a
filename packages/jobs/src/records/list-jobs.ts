import { isRunning, readOwnMark } from './process-mark.ts';
import { readRecords } from './read-records.ts';
import type { JobProgress, JobRecord } from './record.ts';

export type JobState = 'running' | 'done' | 'failed' | 'interrupted' | 'broken off';

/** A job as people and scripts see it. */
export interface JobView {
  readonly id: string;
  readonly kind: JobRecord['kind'];
  readonly by: JobRecord['by'];
  readonly what: string;
  readonly state: JobState;
  readonly since: string;
  /** When it ended. For `broken off`, when it was last heard of. */
  readonly ended?: string | undefined;
  readonly progress?: JobProgress | undefined;
  readonly error?: string | undefined;
  /** The command that goes on; left out for a job that is done or runs. */
  readonly goesOnBy?: string | undefined;
}

/** A running job writes more often than this, so that one of another container is known as well. */
const SILENT_MS = 60_000;

/** All jobs that are remembered, the newest first, and the names of broken records. */
export function listJobs(
  storeRoot: string,
  nowMs = Date.now(),
): { readonly jobs: readonly JobView[]; readonly broken: readonly string[] } {
  const { records, broken } = readRecords(storeRoot);
  return { jobs: records.map((record) => toView(record, nowMs)), broken };
}

/**
 * The id of the job that a process of this container does; undefined for none.
 * @param startedMs when it was started: an earlier process may have had the same number.
 */
export function findJobOf(
  storeRoot: string,
  { pid, startedMs }: { readonly pid: number; readonly startedMs: number },
): string | undefined {
  const { namespace } = readOwnMark();
  const { records } = readRecords(storeRoot);
  return records.find(({ process: by, since }) => {
    return by.pid === pid && by.namespace === namespace && Date.parse(since) >= startedMs;
  })?.id;
}

function toView(record: JobRecord, nowMs: number): JobView {
  const { id, kind, by, what, since, progress, error, command } = record;
  const state = findState(record, nowMs);
  const isOver = state !== 'running';
  const goesOn = isOver && state !== 'done';
  return {
    ...{ id, kind, by, what, state, since },
    ...(isOver && { ended: record.ended ?? record.updated }),
    ...(progress !== undefined && { progress }),
    ...(error !== undefined && { error }),
    ...(goesOn && { goesOnBy: command }),
  };
}

/** A process that was killed leaves its record as it was. */
export function findState(record: JobRecord, nowMs: number): JobState {
  if (record.outcome !== undefined) return record.outcome;
  const seen = isRunning(record.process);
  const isAlive = seen ?? nowMs - Date.parse(record.updated) < SILENT_MS;
  return isAlive ? 'running' : 'broken off';
}
