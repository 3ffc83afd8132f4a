import { dirname } from 'node:path';
import { LogFollower, readPosition, writePosition } from '@registry-cache/follow';
import { type AuditBook, AuditWriteError } from '../audit/audit-book.ts';
import type { Noted } from '../parse/read-note.ts';
import type { Counts } from './counts.ts';
import { Toucher } from './toucher.ts';
import { createWakeups } from './wakeups.ts';

export interface FollowOptions {
  readonly storeRoot: string;
  readonly accessLog: string;
  readonly stateFile: string;
  readonly counts: Counts;
  readonly nowMs: () => number;
  /** Ends the following, after all lines so far have been read and applied. */
  readonly signal: AbortSignal;
  /** Called after each save, at most once a second and only while lines come. */
  readonly onSave: () => Promise<void>;
  /** Called when saving or `onSave` fails. Following goes on. */
  readonly onFailure: (error: unknown) => void;
  /** Called for each line with a note. */
  readonly onNoted?: (noted: Noted) => void;
  /** Gets each line, and is written before each save. */
  readonly audit?: AuditBook;
  /** Called before lines are read into the audit log. Never rejects. */
  readonly beforeLines?: () => Promise<void>;
  readonly pollMs?: number;
}

const POLL_MS = 1_000;
const SAVE_EVERY_MS = 1_000;
const MAX_PENDING_TOUCHES = 5_000;
/**
 * The time for which a stopped worker reads on. It reads the remaining lines after the next start.
 */
const DRAIN_MS = 1_500;

/**
 * Follows the access log until it is stopped, and sets the access times of served blobs. The
 * position is saved only after all lines before it have been applied, so that a kill loses nothing.
 */
export async function followAccessLog(options: FollowOptions): Promise<void> {
  const { accessLog, stateFile, counts, signal, nowMs, pollMs = POLL_MS } = options;
  const follower = new LogFollower(accessLog, await readPosition(stateFile));
  const toucher = new Toucher(options);
  const wakeups = createWakeups(dirname(accessLog), pollMs, signal);
  const isDrained = createDeadline(signal);
  let saved = '';
  let savedMs = Number.NEGATIVE_INFINITY;

  const save = async () => {
    await toucher.apply();
    await writeAudit(options);
    const position = follower.position;
    const state = JSON.stringify({ ...position, isBehind: counts.lagMs > 0 });
    if (position === undefined || state === saved) return;
    savedMs = performance.now();
    try {
      await writePosition(stateFile, position);
      saved = state;
      await options.onSave();
    } catch (error) {
      options.onFailure(error);
    }
  };

  while (!isDrained()) {
    const read = await follower.read();
    if (read !== undefined) await options.beforeLines?.();
    toucher.addLines(read?.lines ?? []);
    counts.lines += read?.tooLong ?? 0;
    counts.skippedLines += read?.tooLong ?? 0;
    counts.lagMs = read === undefined ? 0 : nowMs() - (toucher.newestMs ?? nowMs());
    if (toucher.pending >= MAX_PENDING_TOUCHES) await toucher.apply();
    if (performance.now() - savedMs >= SAVE_EVERY_MS) await save();
    if (read !== undefined) continue;
    if (signal.aborted) break;
    await wakeups.next();
  }
  await save();
  wakeups.close();
  await follower.close();
}

/** A log that cannot be written must not stop the other work. */
async function writeAudit({ audit, counts, onFailure }: FollowOptions): Promise<void> {
  try {
    counts.auditLines += (await audit?.write()) ?? 0;
  } catch (error) {
    if (error instanceof AuditWriteError) counts.auditLost += error.lost;
    onFailure(error);
  }
}

/** @returns a function that says whether the time after the stop is over. */
function createDeadline(signal: AbortSignal): () => boolean {
  let stoppedMs = signal.aborted ? performance.now() : Number.POSITIVE_INFINITY;
  signal.addEventListener('abort', () => {
    stoppedMs = performance.now();
  });
  return () => performance.now() - stoppedMs > DRAIN_MS;
}
