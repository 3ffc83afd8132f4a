import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@registry-cache/runtime';

/** How far the access log has been followed: everything before it is applied. */
export interface Place {
  readonly inode: number;
  /** Bytes; always the start of a line. */
  readonly offset: number;
}

/** @returns nothing where none was remembered, or where what was is not a place. */
export async function readPlace(stateFile: string): Promise<Place | undefined> {
  try {
    return parsePlace(await readFile(stateFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @throws what the filesystem says. */
export async function writePlace(stateFile: string, { inode, offset }: Place): Promise<void> {
  await writeFileAtomic(stateFile, `${JSON.stringify({ inode, offset })}\n`);
}

function parsePlace(text: string): Place | undefined {
  const { inode, offset } = JSON.parse(text) as Partial<Place>;
  if (!isCount(inode) || !isCount(offset)) return undefined;
  return { inode, offset };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
