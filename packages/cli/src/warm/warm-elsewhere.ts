import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobsAnswer } from '@registry-cache/admin';
import { escapeUnprintable, InvalidInputError } from '@registry-cache/domain';
import { askHere } from '../admin/ask-here.ts';
import { formatJob } from '../jobs/format-job.ts';
import { printJson } from '../print-json.ts';
import { warn } from '../warn.ts';
import { formatTotals } from './tally.ts';

export interface WarmElsewhereOptions {
  readonly platform?: readonly string[];
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
  readonly pin?: boolean;
}

/** As the admin API accepts it. */
const MOST_LIST_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 1_000;

/**
 * Orders the images of a list from a cache elsewhere, and waits until they are there. The work goes
 * on there when this program ends. The status is 1 if it failed.
 */
export async function warmElsewhere(file: string, options: WarmElsewhereOptions): Promise<void> {
  const { platform, dryRun = false, keepGoing = false, pin = false, json = false } = options;
  const list = await readList(file);
  const order = { list, platforms: platform && [...platform], dryRun, keepGoing, pin };
  const answer = await askHere('warm', order);
  if (answer.dryRun !== undefined) {
    const { dryRun: totals } = answer;
    if (json) printJson(totals);
    else console.log(formatTotals(totals, true));
    if (totals.failed > 0) process.exitCode = 1;
    return;
  }
  if (!json) warn(`job ${answer.job}; it goes on there if you end this command`);
  const job = await untilEnded(answer.job);
  if (json) printJson(job);
  else for (const line of formatJob(job)) console.log(escapeUnprintable(line));
  if (job.state !== 'done') process.exitCode = 1;
}

async function untilEnded(id: string | undefined): Promise<JobsAnswer['jobs'][number]> {
  for (;;) {
    const { jobs } = await askHere('jobs', {});
    const job = jobs.find((one) => one.id === id);
    if (job === undefined) throw new JobLostError(`job ${id} is not remembered there any more`);
    if (job.state !== 'running') return job;
    await sleep(LOOK_EVERY_MS);
  }
}

async function readList(file: string): Promise<string> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_LIST_BYTES) {
      const found = `more than ${MOST_LIST_BYTES} bytes`;
      throw new InvalidInputError([{ path: file, found, accepted: 'a list of at most 1 MiB' }]);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

class JobLostError extends Error {
  readonly code = 'JOB_LOST';
}
