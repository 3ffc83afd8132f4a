import type { Command } from 'commander';
import { formatUpstreams } from '../admin/format-upstreams.ts';
import { showAnswer } from '../admin/show-answer.ts';

export function addUpstreams(program: Command): void {
  program
    .command('upstreams')
    .description('Shows which upstreams answer, since when, why not, and their rate limits.')
    .option('--json', 'all of it as one JSON object')
    .action(({ json }: { readonly json?: boolean }) => {
      return showAnswer('upstreams', {}, formatUpstreams, json);
    });
}
