/**
 * Prints the ten slowest test files, from reports of vitest's JSON reporter.
 *
 *     node scripts/lib/slowest-files.ts REPORT.json…
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** The used part of vitest's report. Times are milliseconds since the epoch. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
  }[];
}

const files = process.argv
  .slice(2)
  .flatMap((path) => (JSON.parse(readFileSync(path, 'utf8')) as Report).testResults)
  .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }))
  .toSorted((one, other) => other.seconds - one.seconds)
  .slice(0, 10);

console.log('the slowest test files:');
for (const { name, seconds } of files) {
  console.log(`${seconds.toFixed(1).padStart(7)} s  ${relative(process.cwd(), name)}`);
}
