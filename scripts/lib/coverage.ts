/**
 * Prints what share of each package the unit tests have run, from the summary that
 * `vitest --coverage` leaves in coverage/coverage-summary.json.
 * Programs that a test starts as processes of their own do not count.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const KINDS = ['lines', 'branches', 'functions'] as const;

interface Count {
  readonly total: number;
  readonly covered: number;
}
type Counts = Readonly<Record<(typeof KINDS)[number], Count>>;

const { total, ...files } = JSON.parse(
  readFileSync(join(ROOT, 'coverage/coverage-summary.json'), 'utf8'),
) as Record<string, Counts>;

const packages = Map.groupBy(
  Object.entries(files),
  ([file]) => relative(ROOT, file).split('/')[1] ?? '',
);
printRow('', KINDS);
for (const [name, entries] of [...packages].sort(([a], [b]) => (a < b ? -1 : 1))) {
  printRow(
    name,
    KINDS.map((kind) => formatShare(add(entries.map(([, counts]) => counts[kind])))),
  );
}
if (total !== undefined) {
  const shares = KINDS.map((kind) => `${formatShare(total[kind])} of ${kind}`);
  console.info(`unit tests run ${shares.join(', ')}`);
}

function add(counts: readonly Count[]): Count {
  return {
    total: counts.reduce((sum, count) => sum + count.total, 0),
    covered: counts.reduce((sum, count) => sum + count.covered, 0),
  };
}

function formatShare({ total: all, covered }: Count): string {
  return all === 0 ? '-' : `${((100 * covered) / all).toFixed(1)}%`;
}

function printRow(name: string, cells: readonly string[]): void {
  console.info(`${name.padEnd(14)}${cells.map((cell) => cell.padStart(10)).join('')}`);
}
