import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { ReferenceNames } from '@registry-cache/config';
import { escapeUnprintable, formatSize, InvalidInputError, unwrap } from '@registry-cache/domain';
import { followedCopy, keepCopy } from '@registry-cache/jobs';
import { parseList } from '@registry-cache/lists';
import { formatFailure } from '../format-failure.ts';
import { warn } from '../warn.ts';
import { type Plan, planTargets } from './plan/plan-targets.ts';

export interface ReadPlan {
  readonly plan: Plan;
  /** Why the list itself could not be used; its last good content is the plan then. */
  readonly failure?: string;
}

/** Lists of all images of a large site have some MiB. */
const MOST_LIST_BYTES = 32 * 1024 * 1024;

/**
 * Reads a list, `-` for standard input.
 * @throws InvalidInputError for a list that cannot be read as one; the system's error.
 */
export async function readPlan(file: string, names: ReferenceNames): Promise<ReadPlan> {
  const name = file === '-' ? 'standard input' : file;
  const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  return { plan: parsePlan(name, content, names) };
}

/**
 * Reads a list that is followed. While it is missing or broken, its last good content counts.
 * @throws as `readPlan`, where there is no such content.
 */
export async function readFollowedPlan(
  file: string,
  names: ReferenceNames,
  storeRoot: string,
): Promise<ReadPlan> {
  try {
    const content = await readFile(file, 'utf8');
    const plan = parsePlan(file, content, names);
    await keepCopy(storeRoot, file, content).catch((error: unknown) => {
      warn(`${file}: no copy is kept: ${formatFailure(error).join('; ')}`);
    });
    return { plan };
  } catch (error) {
    const copy = await readFile(followedCopy(storeRoot, file), 'utf8').catch(() => undefined);
    if (copy === undefined) throw error;
    const failure = `${formatFailure(error).join('; ')}; the last good state of ${file} counts`;
    warn(failure);
    return { plan: parsePlan(file, copy, names), failure };
  }
}

/** @throws InvalidInputError */
function parsePlan(name: string, content: string, names: ReferenceNames): Plan {
  if (content.length > MOST_LIST_BYTES) {
    const accepted = `a list of at most ${formatSize(MOST_LIST_BYTES)}`;
    throw new InvalidInputError([{ path: name, found: formatSize(content.length), accepted }]);
  }
  const list = unwrap(parseList(name, content));
  for (const { path, text: told } of list.notes) warn(escapeUnprintable(`${path}: ${told}`));
  return unwrap(planTargets(list, names));
}
