import { open, rm, stat, utimes } from 'node:fs/promises';
import { isDigest } from '@registry-cache/domain';
import { writeFileAtomic } from '@registry-cache/runtime';
import { inDirectory } from './in-directory.ts';
import { orMissing } from './missing.ts';

/** A file of distribution's layout that holds nothing but a digest. */
export interface Link {
  readonly digest: string;
  readonly mtimeMs: number;
}

/** Content and time of the same file, also while another takes its place; undefined if it is none. */
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

/** The only writer of links: layers, revisions and tags alike. */
export function writeLink(file: string, digest: string): Promise<void> {
  return inDirectory(file, () => writeFileAtomic(file, digest));
}

/** A link that has gone meanwhile stays gone. */
export async function setLinkTime(file: string, mtimeMs: number): Promise<void> {
  const time = new Date(mtimeMs);
  await orMissing(utimes(file, time, time));
}

export async function removeLinks(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
