import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const TALLY = join(import.meta.dirname, '../../../../scripts/lib/tally.ts');

type Tests = Readonly<Record<string, string>>;

/** A file of vitest's report, with a status for each test. */
const file = (name: string, tests: Tests, status?: string) => ({
  name,
  status: status ?? (Object.values(tests).includes('failed') ? 'failed' : 'passed'),
  assertionResults: Object.entries(tests).map(([fullName, each]) => ({ fullName, status: each })),
});

describe('scripts/lib/tally.ts', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tally-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const tally = async (reports: readonly (readonly object[])[], ...options: string[]) => {
    const paths = reports.map((_, index) => join(folder, `${index}.json`));
    await Promise.all(
      reports.map((testResults, index) =>
        writeFile(paths[index] ?? '', JSON.stringify({ testResults })),
      ),
    );
    const { stdout, stderr } = await run('node', [TALLY, ...options, ...paths]);
    return { stdout: stdout.trim(), stderr };
  };

  it('counts what was skipped, and what did not load, as failed', async () => {
    const { stdout } = await tally([
      [file('a', { one: 'passed', two: 'pending' }), file('b', {}, 'failed'), file('c', {})],
    ]);
    expect(stdout).toBe('1 2');
  });

  it('names the files to run again', async () => {
    const good = file('/good.test.ts', { one: 'passed' });
    const bad = file('/bad.test.ts', { one: 'failed' });
    const { stdout } = await tally([[good, bad]], '--failed');
    expect(stdout).toMatch(/^\S*\/bad\.test\.ts$/);
  });

  it('takes the second run of a file, and names what is unsteady', async () => {
    const { stdout, stderr } = await tally([
      [file('a', { one: 'passed' }), file('b', { two: 'failed', three: 'failed' })],
      [file('b', { two: 'passed', three: 'failed' })],
    ]);
    expect(stdout).toBe('2 1');
    expect(stderr.match(/unsteady: .*/g)).toEqual([expect.stringMatching(/b: two$/)]);
  });

  it('counts a failure that comes with the second run', async () => {
    const { stdout } = await tally([
      [file('a', { one: 'passed', two: 'failed' })],
      [file('a', { one: 'failed', two: 'passed' })],
    ]);
    expect(stdout).toBe('1 1');
  });
});
