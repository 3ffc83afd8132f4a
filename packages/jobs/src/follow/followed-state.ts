import { mkdirSync } from 'node:fs';
import { followedFile, jobsDir } from '@registry-cache/domain';
import { parseJson, readQuietly, writeFileAtomic } from '@registry-cache/runtime';
import * as z from 'zod/mini';

const time = z.optional(z.number());

/** What is remembered of one list. Times are milliseconds since the epoch. */
const followedState = z.object({
  list: z.string(),
  everyMs: z.number(),
  /** The state of the file at the last beginning. */
  mark: z.string(),
  startedMs: z.number(),
  /** Left out while it runs, and after a break. */
  endedMs: time,
  succeededMs: time,
  /** When it is due next. */
  nextMs: time,
  /** Failures since the last success, and of all times. */
  failuresInARow: z.number(),
  failures: z.number(),
  error: z.optional(z.string()),
});

export type FollowedState = z.infer<typeof followedState>;

const FILE = z.array(followedState);
const MOST_BYTES = 1024 * 1024;

/** What is remembered of all lists. A missing or broken file is as none: each list is due then. */
export function readFollowed(storeRoot: string): readonly FollowedState[] {
  try {
    return parseJson(readQuietly(followedFile(storeRoot), MOST_BYTES).toString('utf8'), FILE);
  } catch {
    return [];
  }
}

/** @throws the system's error. */
export async function writeFollowed(
  storeRoot: string,
  states: readonly FollowedState[],
): Promise<void> {
  mkdirSync(jobsDir(storeRoot), { recursive: true });
  await writeFileAtomic(followedFile(storeRoot), JSON.stringify(states));
}
