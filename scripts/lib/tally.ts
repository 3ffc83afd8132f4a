/**
 * Counts the tests of a run, from the report of vitest's JSON reporter.
 *
 *     node scripts/lib/tally.ts REPORT.json [AGAIN.json]   prints `PASSED FAILED`
 *     node scripts/lib/tally.ts --failed REPORT.json       prints the files to run again
 *
 * A test that did not run counts as failed, and so does a file that did not load. AGAIN is the
 * report of a second run, of the failed files alone. A test that passes there counts as passed,
 * and is named as unsteady on stderr.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** The used part of vitest's report. */
interface Report {
  readonly testResults: readonly FileResult[];
}
interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
}

const read = (path: string) => (JSON.parse(readFileSync(path, 'utf8')) as Report).testResults;

/** Says whether anything in the file failed, was skipped or did not load. */
const hasFailed = ({ status, assertionResults }: FileResult) =>
  status === 'failed' || assertionResults.some((test) => test.status !== 'passed');

/** Counts one file. A file that failed although each of its tests passed is one failure more. */
function count(file: FileResult): { passed: number; failed: number } {
  const passed = file.assertionResults.filter((test) => test.status === 'passed').length;
  const failed = file.assertionResults.length - passed;
  return { passed, failed: failed === 0 && hasFailed(file) ? 1 : failed };
}

/** Takes the second run of a file where there is one, and names the tests that it changed. */
function settle(first: FileResult, again: FileResult | undefined): FileResult {
  if (again === undefined) return first;
  for (const { fullName, status } of first.assertionResults) {
    const second = again.assertionResults.find((test) => test.fullName === fullName);
    if (status !== 'passed' && second?.status === 'passed') {
      console.error(`unsteady: ${relative(process.cwd(), first.name)}: ${fullName}`);
    }
  }
  return again;
}

if (process.argv[2] === '--failed') {
  for (const { name } of read(process.argv[3] ?? '').filter(hasFailed)) {
    console.log(relative(process.cwd(), name));
  }
} else {
  const [first = '', again] = process.argv.slice(2);
  const seconds = again === undefined ? [] : read(again);
  const counts = read(first)
    .map((file) =>
      settle(
        file,
        seconds.find(({ name }) => name === file.name),
      ),
    )
    .map(count);
  const sum = (key: 'passed' | 'failed') => counts.reduce((total, each) => total + each[key], 0);
  console.log(`${sum('passed')} ${sum('failed')}`);
}
