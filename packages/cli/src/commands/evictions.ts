import type { Command } from 'commander';
import { formatEvictions, formatNext } from '../admin/format-evictions.ts';
import { readLimit } from '../admin/read-limit.ts';
import { showAnswer } from '../admin/show-answer.ts';

interface EvictionsOptions {
  readonly since?: string;
  readonly limit: number;
  /** True without a number. */
  readonly next?: number | true;
  readonly json?: boolean;
}

const USUAL_NEXT = 20;

export function addEvictions(program: Command): void {
  program
    .command('evictions')
    .description('Shows blobs that were evicted: when, why, and during which fetches.')
    .option('--since <time>', 'only those since this time, such as 2026-11-30T10:00:00Z')
    .option('--limit <number>', 'of blobs', readLimit, 100)
    .option('--next [number]', 'show what will be evicted first instead', readLimit)
    .option('--json', 'all of it as one JSON object')
    .action(({ json, next, ...input }: EvictionsOptions) => {
      if (next === undefined) return showAnswer('evictions', input, formatEvictions, json);
      const wanted = { ...input, next: next === true ? USUAL_NEXT : next };
      return showAnswer('evictions', wanted, formatNext, json);
    });
}
