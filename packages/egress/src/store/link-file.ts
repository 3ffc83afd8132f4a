import { mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDigest, writeFileAtomic } from '@registry-cache/domain';

/** A file of distribution's layout that holds nothing but a digest. */
export interface Link {
  readonly digest: string;
  readonly mtimeMs: number;
}

/** Content and time of the same file, also while another takes its place; undefined if it is none. */
export async function readLink(file: string): Promise<Link | undefined> {
  const handle = await orAbsent(open(file));
  if (handle === undefined) return undefined;
  try {
    const [{ mtimeMs }, text] = await Promise.all([handle.stat(), handle.readFile('utf8')]);
    return isDigest(text.trim()) ? { digest: text.trim(), mtimeMs } : undefined;
  } finally {
    await handle.close();
  }
}

export async function hasLink(file: string): Promise<boolean> {
  return (await orAbsent(stat(file))) !== undefined;
}

export async function writeLink(file: string, digest: string): Promise<void> {
  // The cleaner removes empty directories, which may be the one just made.
  for (let attempt = 0; ; attempt += 1) {
    await mkdir(dirname(file), { recursive: true });
    try {
      return await writeFileAtomic(file, digest);
    } catch (error) {
      if (attempt === 3 || !isAbsent(error)) throw error;
    }
  }
}

/** A link that has gone meanwhile stays gone. */
export async function setLinkTime(file: string, mtimeMs: number): Promise<void> {
  const time = new Date(mtimeMs);
  await orAbsent(utimes(file, time, time));
}

export async function removeLinks(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
