import type { Command } from 'commander';
import { formatSaved } from '../admin/format-saved.ts';
import { showAnswer } from '../admin/show-answer.ts';

export function addSaved(program: Command): void {
  program
    .command('saved')
    .description('Shows what the cache has saved in the last hour, day and week, by upstream.')
    .option('--json', 'all of it as one JSON object')
    .action(({ json }: { readonly json?: boolean }) => showAnswer('saved', {}, formatSaved, json));
}
