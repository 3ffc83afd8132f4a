import type { Command } from 'commander';
import { formatMisses } from '../admin/format-misses.ts';
import { readLimit } from '../admin/read-limit.ts';
import { showAnswer } from '../admin/show-answer.ts';

interface MissesOptions {
  readonly upstream?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addMisses(program: Command): void {
  program
    .command('misses')
    .description('Shows the last requests that the store alone could not answer, and why.')
    .option('--upstream <name>', 'only those to this upstream, such as quay.io')
    .option('--limit <number>', 'of requests', readLimit, 50)
    .option('--json', 'all of it as one JSON object')
    .action(({ json, ...input }: MissesOptions) => {
      return showAnswer('misses', input, formatMisses, json);
    });
}
