import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { jobRecordsDir } from '@registry-cache/domain';
import { parseJson, readQuietly } from '@registry-cache/runtime';
import { JOB_RECORD, type JobRecord } from './record.ts';

/** No record that is written here is longer. */
const MOST_RECORD_BYTES = 64 * 1024;
export const RECORD_SUFFIX = '.json';

export interface ReadRecords {
  /** The newest first. */
  readonly records: readonly JobRecord[];
  /** Names of files that hold no record. */
  readonly broken: readonly string[];
}

/** Reads all records. One that is broken is named, and hides no other. */
export function readRecords(storeRoot: string): ReadRecords {
  const directory = jobRecordsDir(storeRoot);
  const records: JobRecord[] = [];
  const broken: string[] = [];
  for (const name of listNames(directory)) {
    try {
      const text = readQuietly(join(directory, name), MOST_RECORD_BYTES).toString('utf8');
      const record = parseJson(text, JOB_RECORD);
      if (`${record.id}${RECORD_SUFFIX}` === name) records.push(record);
      else broken.push(name);
    } catch {
      broken.push(name);
    }
  }
  return { records: records.toSorted((one, other) => (one.id < other.id ? 1 : -1)), broken };
}

function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(RECORD_SUFFIX));
  } catch {
    return [];
  }
}
