import { escapeUnprintable, formatDuration } from '@registry-cache/domain';
import { listJobs, readFollowed } from '@registry-cache/jobs';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { readSettings } from '../inputs.ts';
import { formatFollowed, formatJob } from '../jobs/format-job.ts';
import { printJson } from '../print-json.ts';
import { warn } from '../warn.ts';

export function addJobs(program: Command): void {
  program
    .command('jobs')
    .description('Shows long work: what runs and how far it is, how the last jobs ended.')
    .option('--json', 'all of it as one JSON object')
    .action(showJobs);
}

async function showJobs({ json = false }: { readonly json?: boolean }): Promise<void> {
  if (isElsewhere()) return showJobsElsewhere(json);
  const { REGISTRYDIR: storeRoot } = readSettings();
  await becomeRunUser();
  const { jobs, broken } = listJobs(storeRoot);
  const followed = readFollowed(storeRoot);
  if (broken.length > 0) warn(`${count(broken.length, 'record')} of a job cannot be read`);
  if (json) {
    printJson({ jobs, followed });
    return;
  }
  // The newest is nearest to the prompt.
  for (const job of jobs.toReversed()) for (const line of formatJob(job)) console.log(line);
  for (const state of followed) console.log(formatFollowed(state));
  if (jobs.length + followed.length === 0) console.log('no jobs');
}

async function showJobsElsewhere(json: boolean): Promise<void> {
  const answer = await askHere('jobs', {});
  if (json) {
    printJson(answer);
    return;
  }
  for (const job of answer.jobs.toReversed()) for (const line of formatJob(job)) console.log(line);
  for (const { list, everyMs, next = 'now', error } of answer.followed) {
    const why = error === undefined ? '' : `; last failure: ${error}`;
    const line = `follows ${list} every ${formatDuration(everyMs)}; next ${next}${why}`;
    console.log(escapeUnprintable(line));
  }
  if (answer.jobs.length + answer.followed.length === 0) console.log('no jobs');
}
