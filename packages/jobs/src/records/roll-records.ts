import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { jobRecordsDir } from '@registry-cache/domain';
import { TEMPORARY_SUFFIX } from '@registry-cache/runtime';
import { findState } from './list-jobs.ts';
import { RECORD_SUFFIX, readRecords } from './read-records.ts';

/** So many records stay. Running jobs stay besides. */
export const MOST_RECORDS = 100;
/** A record is written within moments, so an older temporary file is a leftover. */
const LEFTOVER_MS = 60 * 60_000;

/** Removes the oldest records of ended jobs, broken records, and leftovers of broken writes. */
export function rollRecords(storeRoot: string, nowMs: number): void {
  const directory = jobRecordsDir(storeRoot);
  const { records, broken } = readRecords(storeRoot);
  const ended = records.filter((record) => findState(record, nowMs) !== 'running');
  const old = ended.slice(MOST_RECORDS - 1).map(({ id }) => `${id}${RECORD_SUFFIX}`);
  const leftovers = readdirSync(directory).filter(
    (name) => name.endsWith(TEMPORARY_SUFFIX) && isOld(join(directory, name), nowMs),
  );
  for (const name of [...old, ...broken, ...leftovers]) {
    rmSync(join(directory, name), { force: true, recursive: true });
  }
}

function isOld(file: string, nowMs: number): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && nowMs - stats.mtimeMs > LEFTOVER_MS;
}
