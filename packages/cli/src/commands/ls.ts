import { type Command, Option } from 'commander';
import { formatLs } from '../admin/format-ls.ts';
import { readLimit } from '../admin/read-limit.ts';
import { showAnswer } from '../admin/show-answer.ts';

interface LsOptions {
  readonly limit: number;
  readonly after?: string;
  readonly sort: 'name' | 'size';
  readonly gone?: boolean;
  readonly json?: boolean;
}

export function addLs(program: Command): void {
  program
    .command('ls')
    .description('Lists the images that are here, with their sizes, last pulls and pins.')
    .argument('[pattern]', 'part of the name, or the whole with * for any text', '')
    .option('--gone', 'only tags that are here while their registry has deleted them')
    .option('--limit <number>', 'of images', readLimit, 1000)
    .option('--after <image>', 'only images behind this one, to go on where --limit has ended')
    .addOption(
      new Option('--sort <order>', 'size: those with the most bytes of their own first')
        .choices(['name', 'size'])
        .default('name'),
    )
    .option('--json', 'all of it as one JSON object')
    .action((pattern: string, { json, ...question }: LsOptions) => {
      return showAnswer('ls', { pattern, skip: 0, ...question }, formatLs, json);
    });
}
