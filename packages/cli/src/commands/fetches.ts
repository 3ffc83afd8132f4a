import type { Command } from 'commander';
import { formatFetches } from '../admin/format-fetches.ts';
import { readLimit } from '../admin/read-limit.ts';
import { showAnswer } from '../admin/show-answer.ts';

interface FetchesOptions {
  readonly at?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addFetches(program: Command): void {
  program
    .command('fetches')
    .description('Shows blobs that are being fetched and who waits for them, and past fetches.')
    .option('--at <time>', 'only past fetches that ran at this time, such as 2026-11-30T10:00:00Z')
    .option('--limit <number>', 'of past fetches', readLimit, 50)
    .option('--json', 'all of it as one JSON object')
    .action(({ json, ...input }: FetchesOptions) => {
      return showAnswer('fetches', input, formatFetches, json);
    });
}
