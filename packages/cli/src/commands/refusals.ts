import type { Command } from 'commander';
import { formatRefusals } from '../admin/format-refusals.ts';
import { readLimit } from '../admin/read-limit.ts';
import { showAnswer } from '../admin/show-answer.ts';

interface RefusalsOptions {
  readonly since?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addRefusals(program: Command): void {
  program
    .command('refusals')
    .description('Shows refused requests: who asked for what, and which rule refused it.')
    .option('--since <time>', 'only those since this time, such as 2026-11-30T10:00:00Z')
    .option('--limit <number>', 'of refusals', readLimit, 100)
    .option('--json', 'all of it as one JSON object')
    .action(({ json, ...input }: RefusalsOptions) => {
      return showAnswer('refusals', input, formatRefusals, json);
    });
}
