import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { FollowedList } from '@registry-cache/domain';

export interface ListRun {
  /** Undefined for success. */
  readonly error: string | undefined;
  /** Of the images; undefined if it did not get so far. */
  readonly totals: Readonly<Record<string, unknown>> | undefined;
}

export interface RunListDeps {
  readonly command: readonly string[];
  /** Ends the run; the next one goes on where it was. */
  readonly signal: AbortSignal;
  readonly onTold: (text: string) => void;
}

/** Lines of one run that are told. A list may have thousands of images, and a registry be away. */
const MOST_TOLD = 20;
const PREFIX = /^registry-cache: /;

/**
 * Warms by one list, in a process of its own. That process ends when this one does: it sees the end
 * of its standard input. Never throws.
 */
export function runList(
  { list, platforms }: FollowedList,
  { command, signal, onTold }: RunListDeps,
): Promise<ListRun> {
  const [program = '', ...first] = command;
  const chosen = platforms.flatMap((platform) => ['--platform', platform]);
  const args = [...first, '--json', ...chosen, list];
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let told = 0;
    let lastTold: string | undefined;
    let lastLine = '';
    const stop = () => child.kill('SIGTERM');
    const tell = (line: string) => {
      told += 1;
      lastTold = line.replace(PREFIX, '');
      if (told <= MOST_TOLD) onTold(lastTold);
    };
    createInterface(child.stderr).on('line', tell);
    createInterface(child.stdout).on('line', (line) => {
      lastLine = line;
    });
    signal.addEventListener('abort', stop, { once: true });
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => resolve({ error: error.message, totals: undefined }));
    child.once('close', (status, by) => {
      signal.removeEventListener('abort', stop);
      if (told > MOST_TOLD) onTold(`${told - MOST_TOLD} more lines, which are not told`);
      const totals = readTotals(lastLine);
      if (status === 0) return resolve({ error: undefined, totals });
      const ended = by === null ? `ended with status ${status}` : `ended by ${by}`;
      resolve({ error: describe(totals, lastTold) ?? ended, totals });
    });
  });
}

function describe(totals: ListRun['totals'], lastTold: string | undefined): string | undefined {
  const failed = totals?.failed;
  if (typeof failed !== 'number' || failed === 0) return lastTold;
  const why = lastTold === undefined ? '' : `; ${lastTold}`;
  return `${failed} ${failed === 1 ? 'image' : 'images'} failed${why}`;
}

/** The last line of `warm --json` has the sums. */
function readTotals(line: string): ListRun['totals'] {
  try {
    const value: unknown = JSON.parse(line);
    const isTotals = typeof value === 'object' && value !== null && 'images' in value;
    return isTotals ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
