import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jobRecordsDir, jobsDir } from '@registry-cache/domain';
import { readOwnMark } from './process-mark.ts';
import { RECORD_SUFFIX } from './read-records.ts';
import type { JobProgress, JobRecord } from './record.ts';
import { rollRecords } from './roll-records.ts';
import { SingleWriter } from './single-writer.ts';

export interface NewJob extends Pick<JobRecord, 'kind' | 'by' | 'what' | 'command'> {
  readonly storeRoot: string;
}

export interface JobDeps {
  /** Told once, if the record cannot be written. The work goes on without it. */
  readonly onLost: (error: unknown) => void;
  readonly now?: () => number;
}

/** The record of a job that this process does. */
export interface Job {
  /** Tells how far the job is. Costs nothing: it is written now and then. */
  update(progress: JobProgress): void;
  /** Ends the job. Resolves when that is written, or lost. */
  end(outcome: NonNullable<JobRecord['outcome']>, error?: string): Promise<void>;
}

const EVERY_MS = 2_000;
/** Lists may be named by long paths, and errors quote what registries answer. */
const MOST_CHARACTERS = 1_000;

/** Begins the record of a job. Never throws: a record that is lost stops no work. */
export function openJob(
  { storeRoot, kind, by, what, command }: NewJob,
  { onLost, now = Date.now }: JobDeps,
): Job {
  const since = new Date(now()).toISOString();
  const id = `${since.replaceAll(/[-:.]/g, '')}-${randomBytes(3).toString('hex')}`;
  const directory = jobRecordsDir(storeRoot);
  let record: JobRecord = {
    ...{ id, kind, by, since, updated: since, process: readOwnMark() },
    what: cut(what),
    command: cut(command),
  };
  const writer = new SingleWriter(join(directory, `${id}${RECORD_SUFFIX}`), onLost);
  try {
    makeDirectories(storeRoot);
    rollRecords(storeRoot, now());
  } catch (error) {
    writer.give(error);
  }
  const write = (changed: Partial<JobRecord>, isLasting: boolean) => {
    record = { ...record, ...changed, updated: new Date(now()).toISOString() };
    return writer.write(JSON.stringify(record), isLasting);
  };
  void write({}, true);
  let progress: JobProgress | undefined;
  const timer = setInterval(() => void write({ ...(progress && { progress }) }, false), EVERY_MS);
  timer.unref();
  return {
    update(changed) {
      progress = changed;
    },
    async end(outcome, error) {
      clearInterval(timer);
      const ended = new Date(now()).toISOString();
      const why = error === undefined ? {} : { error: cut(error) };
      await write({ outcome, ended, ...why, ...(progress && { progress }) }, true);
    },
  };
}

/** The store itself is not made: without it there is nothing to work on. */
function makeDirectories(storeRoot: string): void {
  for (const directory of [jobsDir(storeRoot), jobRecordsDir(storeRoot)]) {
    try {
      mkdirSync(directory, { mode: 0o755 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}
