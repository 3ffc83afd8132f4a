import { constants, createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
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
  const stream = file === '-' ? process.stdin : createReadStream(file);
  return { plan: parsePlan(name, await readBounded(name, stream), names) };
}

/**
 * Reads a list that is followed, and nothing in its place.
 * @throws as `readPlan`.
 */
export async function readPlainPlan(file: string, names: ReferenceNames): Promise<Plan> {
  return parsePlan(file, await readPlainFile(file), names);
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
    const content = await readPlainFile(file);
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

/** A pipe has no end that a followed list could wait for. */
async function readPlainFile(file: string): Promise<string> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  if (!(await handle.stat()).isFile()) {
    throw new InvalidInputError([{ path: file, found: 'no plain file', accepted: 'a list' }]);
  }
  return await readBounded(file, handle.createReadStream({ autoClose: false }));
}

/** @throws InvalidInputError for more bytes than any list has. */
async function readBounded(path: string, stream: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    pieces.push(piece as Buffer);
    bytes += (piece as Buffer).length;
    if (bytes <= MOST_LIST_BYTES) continue;
    const accepted = `a list of at most ${formatSize(MOST_LIST_BYTES)}`;
    throw new InvalidInputError([{ path, found: `${formatSize(bytes)} or more`, accepted }]);
  }
  return Buffer.concat(pieces).toString();
}

/** @throws InvalidInputError */
function parsePlan(name: string, content: string, names: ReferenceNames): Plan {
  const list = unwrap(parseList(name, content));
  for (const { path, text: told } of list.notes) warn(escapeUnprintable(`${path}: ${told}`));
  return unwrap(planTargets(list, names));
}
