import { listJobs, readFollowed } from '@registry-cache/jobs';
import type { Command } from 'commander';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { readSettings } from '../inputs.ts';
import { formatFollowed, formatJob } from '../jobs/format-job.ts';
import { warn } from '../warn.ts';

export function addJobs(program: Command): void {
  program
    .command('jobs')
    .description('Shows long work: what runs and how far it is, how the last jobs ended.')
    .option('--json', 'all of it as one JSON object')
    .action(showJobs);
}

async function showJobs({ json = false }: { readonly json?: boolean }): Promise<void> {
  const { REGISTRYDIR: storeRoot } = readSettings();
  await becomeRunUser();
  const { jobs, broken } = listJobs(storeRoot);
  const followed = readFollowed(storeRoot);
  if (broken.length > 0) warn(`${count(broken.length, 'record')} of a job cannot be read`);
  if (json) {
    console.log(JSON.stringify({ jobs, followed }));
    return;
  }
  // The newest is nearest to the prompt.
  for (const job of jobs.toReversed()) for (const line of formatJob(job)) console.log(line);
  for (const state of followed) console.log(formatFollowed(state));
  if (jobs.length + followed.length === 0) console.log('no jobs');
}
