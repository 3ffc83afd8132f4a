import { mkdtemp, open, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest } from '@registry-cache/domain';
import { inDirectory, orMissing, writeFileAtomic } from '@registry-cache/runtime';

/** A link of distribution's layout: a file that holds a digest. */
export interface Link {
  readonly digest: string;
  readonly mtimeMs: number;
}

/**
 * Reads content and time of one file, also while another file replaces it. Undefined if the file is
 * missing or does not hold a digest.
 */
export async function readLink(file: string): Promise<Link | undefined> {
  const handle = await orMissing(open(file));
  if (handle === undefined) return undefined;
  try {
    const [{ mtimeMs }, text] = await Promise.all([handle.stat(), handle.readFile('utf8')]);
    return isDigest(text.trim()) ? { digest: text.trim(), mtimeMs } : undefined;
  } finally {
    await handle.close();
  }
}

export async function hasLink(file: string): Promise<boolean> {
  return (await orMissing(stat(file))) !== undefined;
}

/** Writes a link, of a layer, a revision or a tag. Nothing else in egress writes links. */
export function writeLink(file: string, digest: string): Promise<void> {
  return inDirectory(file, () => writeFileAtomic(file, digest));
}

/** Sets the time of a link; a missing link stays missing. */
export async function setLinkTime(file: string, mtimeMs: number): Promise<void> {
  const time = new Date(mtimeMs);
  await orMissing(utimes(file, time, time));
}

/**
 * Sets the time of a directory to now, after a link deeper in it was written. By this time other
 * programs know without a look at each link that one has changed. A missing directory stays missing.
 */
export async function touchDirectory(directory: string): Promise<void> {
  const now = new Date();
  try {
    await orMissing(utimes(directory, now, now));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    // It belongs to another user. A new entry changes the time as well.
    await rmdir(await mkdtemp(join(directory, '.changed-')));
  }
}

export async function removeLinks(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
