import type { Command } from 'commander';
import { formatEvictions } from '../admin/format-evictions.ts';
import { readLimit } from '../admin/read-limit.ts';
import { showAnswer } from '../admin/show-answer.ts';

interface EvictionsOptions {
  readonly since?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function addEvictions(program: Command): void {
  program
    .command('evictions')
    .description('Shows blobs that were evicted: when, why, and during which fetches.')
    .option('--since <time>', 'only those since this time, such as 2026-11-30T10:00:00Z')
    .option('--limit <number>', 'of blobs', readLimit, 100)
    .option('--json', 'all of it as one JSON object')
    .action(({ json, ...input }: EvictionsOptions) => {
      return showAnswer('evictions', input, formatEvictions, json);
    });
}
