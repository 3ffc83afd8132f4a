import { escapeUnprintable } from '@registry-cache/domain';
import type { Job } from '@registry-cache/jobs';
import { printJson } from '../print-json.ts';
import { createProgress } from '../progress.ts';
import { warn } from '../warn.ts';
import type { FailedEntry } from './run-warm.ts';
import { formatTotals, sumSizes, Tally } from './tally.ts';
import type { WarmedImage } from './warm-image.ts';

export interface ReportOptions {
  readonly isJson: boolean;
  readonly isDryRun: boolean;
  /** Whether the jobs worker reads standard error, and tells its lines to the log. */
  readonly isFollowed: boolean;
  readonly job: Pick<Job, 'update'>;
}

/** Standard output is for results, standard error for people. */
export function createReport({ isJson, isDryRun, isFollowed, job }: ReportOptions) {
  const tally = new Tally();
  const progress = createProgress({ work: 'warm', job, isQuiet: isFollowed });
  const show = () => {
    const { images, failed } = tally.totals();
    progress.tell({ doneImages: images, failedImages: failed });
  };
  const say = (told: string) => {
    progress.clear();
    warn(escapeUnprintable(told));
  };
  return {
    say,
    end: progress.clear,
    onImages: (totalImages: number) => progress.tell({ totalImages }),
    onBytes: progress.add,
    onWarmed: (warmed: WarmedImage) => {
      tally.add(warmed);
      if (isJson) printJson(describe(warmed));
      show();
    },
    onFailed: ({ name, error }: FailedEntry) => {
      tally.fail();
      show();
      if (isJson) printJson({ image: name, status: 'failed', error: error.message });
      say(error.message.startsWith(name) ? error.message : `${name}: ${error.message}`);
    },
    sum: (keepsGoing: boolean) => {
      const totals = tally.totals();
      if (isJson) printJson(totals);
      else if (keepsGoing) process.stderr.write(`${formatTotals(totals, isDryRun)}\n`);
      else console.log(formatTotals(totals, isDryRun));
    },
  };
}

function describe({ image, digest, status, platforms, blobs, missing }: WarmedImage): object {
  const sizes = { bytes: sumSizes(blobs), newBytes: sumSizes(missing) };
  return { image, digest, status, platforms, ...sizes };
}
