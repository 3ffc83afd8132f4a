import type { Command } from 'commander';
import { formatLs } from '../admin/format-ls.ts';
import { readLimit } from '../admin/read-limit.ts';
import { showAnswer } from '../admin/show-answer.ts';

interface LsOptions {
  readonly limit: number;
  readonly json?: boolean;
}

export function addLs(program: Command): void {
  program
    .command('ls')
    .description('Lists the images that are here, with their sizes, last pulls and pins.')
    .argument('[pattern]', 'part of the name, or the whole with * for any text', '')
    .option('--limit <number>', 'of images', readLimit, 1000)
    .option('--json', 'all of it as one JSON object')
    .action((pattern: string, { limit, json }: LsOptions) => {
      return showAnswer('ls', { pattern, limit }, formatLs, json);
    });
}
