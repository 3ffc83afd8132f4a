import { formatSize } from '@registry-cache/domain';
import type { Job } from '@registry-cache/jobs';
import { createProgressLine } from './progress-line.ts';

const LINE_EVERY_MS = 5_000;

export interface Progress {
  /** Counts bytes that are done. */
  add(bytes: number): void;
  clear(): void;
}

/**
 * Shows how far long work is, on standard error: a line that rewrites itself on a terminal, else a
 * JSON object in a line, every five seconds. The record of the job has it as well.
 */
export function createProgress(
  work: string,
  totalBytes: number,
  job: Pick<Job, 'update'>,
  nowMs = Date.now,
): Progress {
  const line = createProgressLine();
  const startedAtMs = nowMs();
  let saidAtMs = startedAtMs;
  let doneBytes = 0;
  const state = () => {
    const seconds = Math.max(0.001, (nowMs() - startedAtMs) / 1000);
    const bytesPerSecond = Math.round(doneBytes / seconds);
    const leftBytes = Math.max(0, totalBytes - doneBytes);
    const secondsLeft = bytesPerSecond === 0 ? null : Math.ceil(leftBytes / bytesPerSecond);
    // The work may write more than was planned, such as an index.
    const allBytes = Math.max(totalBytes, doneBytes);
    return { work, doneBytes, totalBytes: allBytes, bytesPerSecond, secondsLeft };
  };
  return {
    add(bytes) {
      doneBytes += bytes;
      job.update({ doneBytes, totalBytes: Math.max(totalBytes, doneBytes) });
      if (process.stderr.isTTY) return line.show(formatState(state()));
      if (nowMs() - saidAtMs < LINE_EVERY_MS) return;
      saidAtMs = nowMs();
      process.stderr.write(`${JSON.stringify(state())}\n`);
    },
    clear: line.clear,
  };
}

function formatState(state: {
  work: string;
  doneBytes: number;
  totalBytes: number;
  bytesPerSecond: number;
  secondsLeft: number | null;
}): string {
  const { work, doneBytes, totalBytes, bytesPerSecond, secondsLeft } = state;
  const left = secondsLeft === null ? '' : `, ${secondsLeft} s left`;
  const share = `${formatSize(doneBytes)} of ${formatSize(totalBytes)}`;
  return `${work}: ${share}, ${formatSize(bytesPerSecond)}/s${left}`;
}
