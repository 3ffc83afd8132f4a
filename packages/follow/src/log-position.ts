import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@registry-cache/runtime';

/** The position in a log. All lines before it have been applied. */
export interface LogPosition {
  readonly inode: number;
  /** In bytes; always the start of a line. */
  readonly offset: number;
  /** Tells the file from a later one with the same inode; undefined where it is not known. */
  readonly mark?: string | undefined;
}

/** @returns undefined if no valid position is remembered. */
export async function readPosition(stateFile: string): Promise<LogPosition | undefined> {
  try {
    return parsePosition(await readFile(stateFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @throws the filesystem's error. */
export async function writePosition(
  stateFile: string,
  { inode, offset, mark }: LogPosition,
): Promise<void> {
  await writeFileAtomic(stateFile, `${JSON.stringify({ inode, offset, mark })}\n`);
}

function parsePosition(text: string): LogPosition | undefined {
  const { inode, offset, mark } = JSON.parse(text) as Partial<LogPosition>;
  if (!isCount(inode) || !isCount(offset)) return undefined;
  return { inode, offset, ...(typeof mark === 'string' && { mark }) };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
