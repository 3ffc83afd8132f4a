import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { followedListsDir, jobsDir } from '@registry-cache/domain';
import { writeFileAtomic } from '@registry-cache/runtime';

/** Where the last good content of a followed list is kept. */
export function followedCopy(storeRoot: string, list: string): string {
  const name = createHash('sha256').update(list).digest('hex').slice(0, 32);
  return join(followedListsDir(storeRoot), name);
}

/** @throws the system's error. */
export async function keepCopy(storeRoot: string, list: string, content: string): Promise<void> {
  mkdirSync(jobsDir(storeRoot), { recursive: true });
  mkdirSync(followedListsDir(storeRoot), { recursive: true });
  await writeFileAtomic(followedCopy(storeRoot, list), content);
}

/** Removes the copies of lists that are not followed any more. Never throws. */
export function pruneCopies(storeRoot: string, lists: readonly string[]): void {
  const kept = new Set(lists.map((list) => basename(followedCopy(storeRoot, list))));
  const directory = followedListsDir(storeRoot);
  try {
    for (const name of readdirSync(directory)) {
      if (!kept.has(name)) rmSync(join(directory, name), { force: true, recursive: true });
    }
  } catch {
    // They cost some bytes, and the next change tries again.
  }
}
