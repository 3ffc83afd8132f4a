import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROOT } from '../docs/generate.ts';

const MAX_LENGTH = 72;
/** Some commits from before the rule are longer, and stay as they are. */
const RULE_SINCE = '2026-11-29T22:30:00Z';
/** A clone without the whole history has some of them at least. */
const MAX_COMMITS = 50;

interface Commit {
  readonly id: string;
  readonly subject: string;
}

/** The newest commits that the rule is for; undefined where there is no history to look at. */
async function readCommits(): Promise<Commit[] | undefined> {
  const options = [`--max-count=${MAX_COMMITS}`, '--no-merges', `--since=${RULE_SINCE}`];
  try {
    const { stdout } = await promisify(execFile)('git', ['log', ...options, '--format=%h %s'], {
      cwd: ROOT,
    });
    return stdout.split('\n').filter(Boolean).map(parseCommit);
  } catch {
    return undefined;
  }
}

function parseCommit(line: string): Commit {
  const blank = line.indexOf(' ');
  return { id: line.slice(0, blank), subject: line.slice(blank + 1) };
}

const isTooLong = ({ subject }: Commit) => Array.from(subject).length > MAX_LENGTH;

test('the first line of a commit has at most 72 characters', async () => {
  const commits = await readCommits();
  if (commits === undefined) console.warn('git has no history here: no first line was looked at');
  expect((commits ?? []).filter(isTooLong)).toEqual([]);
});

test('a first line with 73 characters is too long', () => {
  expect(isTooLong(parseCommit(`a1b2c3d ${'é'.repeat(73)}`))).toBe(true);
  expect(isTooLong(parseCommit(`a1b2c3d ${'é'.repeat(72)}`))).toBe(false);
});
