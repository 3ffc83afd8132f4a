import type { Command } from 'commander';
import { formatStatus } from '../admin/format-status.ts';
import { showAnswer } from '../admin/show-answer.ts';

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Shows the store, the upstreams, what runs, and what is wrong.')
    .option('--json', 'all of it as one JSON object')
    .action(({ json }: { readonly json?: boolean }) => {
      return showAnswer('status', {}, formatStatus, json);
    });
}
