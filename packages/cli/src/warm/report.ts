import { escapeUnprintable, formatSize } from '@registry-cache/domain';
import type { Job } from '@registry-cache/jobs';
import { createProgressLine } from '../progress-line.ts';
import { warn } from '../warn.ts';
import type { FailedEntry } from './run-warm.ts';
import { formatTotals, sumSizes, Tally } from './tally.ts';
import type { WarmedImage } from './warm-image.ts';

/** Standard output is for results, standard error for people. */
export function createReport(isJson: boolean, isDryRun: boolean, job: Pick<Job, 'update'>) {
  const tally = new Tally();
  const progress = createProgressLine();
  let images = 0;
  let bytes = 0;
  const show = () => {
    const { images: done, failed } = tally.totals();
    const counts = { doneImages: done, totalImages: images, failedImages: failed };
    job.update({ doneBytes: bytes, ...counts });
    progress.show(`${done + failed} of ${images} images, ${formatSize(bytes)} fetched`);
  };
  const say = (told: string) => {
    progress.clear();
    warn(escapeUnprintable(told));
  };
  return {
    say,
    end: progress.clear,
    onImages: (count: number) => {
      images = count;
    },
    onBytes: (count: number) => {
      bytes += count;
      show();
    },
    onWarmed: (warmed: WarmedImage) => {
      tally.add(warmed);
      if (isJson) console.log(JSON.stringify(describe(warmed)));
      show();
    },
    onFailed: ({ name, error }: FailedEntry) => {
      tally.fail();
      show();
      if (isJson)
        console.log(JSON.stringify({ image: name, status: 'failed', error: error.message }));
      say(error.message.startsWith(name) ? error.message : `${name}: ${error.message}`);
    },
    sum: (keepsGoing: boolean) => {
      const totals = tally.totals();
      if (isJson) console.log(JSON.stringify(totals));
      else if (keepsGoing) process.stderr.write(`${formatTotals(totals, isDryRun)}\n`);
      else console.log(formatTotals(totals, isDryRun));
    },
  };
}

function describe({ image, digest, status, platforms, blobs, missing }: WarmedImage): object {
  const sizes = { bytes: sumSizes(blobs), newBytes: sumSizes(missing) };
  return { image, digest, status, platforms, ...sizes };
}
