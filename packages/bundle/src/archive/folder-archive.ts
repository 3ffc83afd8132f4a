import { constants } from 'node:fs';
import { lstat, open, opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_ENTRIES } from '../limits.ts';
import { BundleError } from '../problem.ts';
import type { Archive, ArchiveFile } from './archive.ts';
import { streamFile } from './byte-source.ts';

/** Folders in folders: a name of a repository has at most 128 parts. */
const MAX_DEPTH = 140;
const IS_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Lists the files of a folder. The operator's own link that leads to the folder is followed.
 * @throws BundleError for a link inside of it: it may lead out of the folder.
 */
export async function openFolderArchive(place: string): Promise<Archive> {
  const top = await realpath(place);
  const files = new Map<string, ArchiveFile>();
  await list({ place, top, files, entries: 0 }, '', 0);
  return {
    place,
    files,
    stream: ({ name, sizeBytes }) => streamFile(join(top, name), sizeBytes),
    close: async () => undefined,
  };
}

interface Listing {
  readonly place: string;
  readonly top: string;
  readonly files: Map<string, ArchiveFile>;
  /** Files and folders so far. */
  entries: number;
}

async function list(listing: Listing, parent: string, depth: number): Promise<void> {
  const { place, top, files } = listing;
  if (depth > MAX_DEPTH) throw new BundleError(place, `folders deeper than ${MAX_DEPTH}`);
  // A folder that has become a link meanwhile is refused here.
  await using _folder = await open(join(top, parent), IS_FOLDER);
  // One entry at a time: a folder may have millions of them.
  for await (const entry of await opendir(join(top, parent))) {
    const name = parent === '' ? entry.name : `${parent}/${entry.name}`;
    listing.entries += 1;
    if (listing.entries > MAX_ENTRIES)
      throw new BundleError(place, `more than ${MAX_ENTRIES} files`);
    if (entry.isDirectory()) {
      await list(listing, name, depth + 1);
      continue;
    }
    const stats = await lstat(join(top, name));
    if (!stats.isFile()) {
      throw new BundleError(place, `${name} is neither a file nor a folder: links are refused`);
    }
    files.set(name, { name, sizeBytes: stats.size, start: 0 });
  }
}
