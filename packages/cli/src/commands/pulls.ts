import type { Command } from 'commander';
import { formatPulls } from '../admin/format-pulls.ts';
import { showAnswer } from '../admin/show-answer.ts';

export function addPulls(program: Command): void {
  program
    .command('pulls')
    .description('Shows who pulled from a repository, how often, and when last.')
    .argument('<image>', 'such as quay.io/team/app, or quay.io/team/app:v1')
    .option('--json', 'all of it as one JSON object')
    .action((image: string, { json }: { readonly json?: boolean }) => {
      return showAnswer('pulls', { image }, formatPulls, json);
    });
}
