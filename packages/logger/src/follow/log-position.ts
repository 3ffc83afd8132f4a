import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@registry-cache/runtime';

/** The position in the access log. All lines before it have been applied. */
export interface LogPosition {
  readonly inode: number;
  /** In bytes; always the start of a line. */
  readonly offset: number;
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
  { inode, offset }: LogPosition,
): Promise<void> {
  await writeFileAtomic(stateFile, `${JSON.stringify({ inode, offset })}\n`);
}

function parsePosition(text: string): LogPosition | undefined {
  const { inode, offset } = JSON.parse(text) as Partial<LogPosition>;
  if (!isCount(inode) || !isCount(offset)) return undefined;
  return { inode, offset };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
