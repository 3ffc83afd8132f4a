import { formatSize } from '@registry-cache/domain';
import type { Job, JobProgress } from '@registry-cache/jobs';

/** How often the line on a terminal changes. */
const SHOW_EVERY_MS = 500;
/** How often a line of JSON is written elsewhere. */
const LINE_EVERY_MS = 5_000;
const CLEAR_LINE = '\r\u001b[K';

export interface Progress {
  /** Tells how far the work is. What is left out stays as it was told before. */
  tell(now: Partial<JobProgress>, found?: Readonly<Record<string, number>>): void;
  /** Counts bytes that are done. */
  add(bytes: number): void;
  /** Takes the line away from the terminal, so that something else can be printed. */
  clear(): void;
}

export interface ProgressOptions {
  /** What is done: `warm`, `export`. */
  readonly work: string;
  /** Its record has the same numbers. */
  readonly job?: Pick<Job, 'update'>;
  readonly totals?: Partial<JobProgress>;
  /** Whether only the record is told. */
  readonly isQuiet?: boolean;
}

/** The outside world, which tests replace. */
export interface ProgressDeps {
  readonly output: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly nowMs: () => number;
}

/**
 * Shows how far long work is, on standard error: a line that rewrites itself on a terminal, else a
 * JSON object in a line, every five seconds.
 */
export function createProgress(
  { work, job, totals, isQuiet = false }: ProgressOptions,
  { output, nowMs }: ProgressDeps = { output: process.stderr, nowMs: () => performance.now() },
): Progress {
  const startedAtMs = nowMs();
  const isTerminal = output.isTTY === true;
  let shownAtMs = isTerminal ? Number.NEGATIVE_INFINITY : startedAtMs;
  let now: JobProgress = { doneBytes: 0, ...totals };
  let found: Readonly<Record<string, number>> = {};
  const show = () => {
    // The work may write more than was planned, such as an index.
    const totalBytes = now.totalBytes && Math.max(now.totalBytes, now.doneBytes);
    now = { ...now, ...(totalBytes !== undefined && { totalBytes }) };
    job?.update(now);
    const sinceMs = nowMs() - shownAtMs;
    if (isQuiet || sinceMs < (isTerminal ? SHOW_EVERY_MS : LINE_EVERY_MS)) return;
    shownAtMs = nowMs();
    const state = { work, ...now, ...found, ...measurePace(now, nowMs() - startedAtMs) };
    output.write(
      isTerminal ? `${CLEAR_LINE}${formatState(state, found)}` : `${JSON.stringify(state)}\n`,
    );
  };
  return {
    tell(changed, foundNow = found) {
      now = { ...now, ...changed };
      found = foundNow;
      show();
    },
    add(bytes) {
      now = { ...now, doneBytes: now.doneBytes + bytes };
      show();
    },
    clear() {
      if (isTerminal && !isQuiet) output.write(CLEAR_LINE);
    },
  };
}

interface Pace {
  readonly bytesPerSecond: number;
  /** Null while it is not known. */
  readonly secondsLeft: number | null;
}

function measurePace({ doneBytes, totalBytes }: JobProgress, elapsedMs: number): Pace {
  const bytesPerSecond = Math.round(doneBytes / Math.max(0.001, elapsedMs / 1000));
  const isKnown = totalBytes !== undefined && bytesPerSecond > 0;
  const secondsLeft = isKnown ? Math.ceil((totalBytes - doneBytes) / bytesPerSecond) : null;
  return { bytesPerSecond, secondsLeft };
}

type State = JobProgress & Pace & { readonly work: string };

function formatState(state: State, found: Readonly<Record<string, number>>): string {
  const { work, bytesPerSecond, secondsLeft } = state;
  const parts = [
    formatDone(state),
    ...Object.entries(found).map(([name, number]) => `${number} ${name}`),
    `${formatSize(bytesPerSecond)}/s`,
    ...(secondsLeft === null ? [] : [`${secondsLeft} s left`]),
  ];
  return `${work}: ${parts.join(', ')}`;
}

/** `3 of 8 images, 1 failed, 2 GiB of 5 GiB`, as far as it is known. */
export function formatDone(progress: JobProgress): string {
  const { doneBytes, totalBytes, doneImages, totalImages, failedImages } = progress;
  const isOfImages = doneImages !== undefined || totalImages !== undefined;
  const images = isOfImages ? [`${ofTotal(String(doneImages ?? 0), totalImages)} images`] : [];
  const failed = failedImages ? [`${failedImages} failed`] : [];
  const bytes = ofTotal(formatSize(doneBytes), totalBytes && formatSize(totalBytes));
  return [...images, ...failed, bytes].join(', ');
}

function ofTotal(done: string, total: string | number | undefined): string {
  return total === undefined || total === 0 ? done : `${done} of ${total}`;
}
