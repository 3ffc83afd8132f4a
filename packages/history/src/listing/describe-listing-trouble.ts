import { statSync } from 'node:fs';
import { imagesFile } from '@registry-cache/domain';

const WHAT = {
  damaged:
    'the listing of images is damaged and is removed; the next question for it makes it anew',
  'not read': 'the listing of images cannot be read; the next question for it makes it anew',
  'not written': 'a new listing of images could not be written; the last one stays',
};

/** Faults of the listing. */
export type ListingTrouble = keyof typeof WHAT;

/** The log's message of it, with the remedy where somebody has to act. */
export function describeListingTrouble(storeRoot: string, trouble: ListingTrouble): string {
  const file = imagesFile(storeRoot);
  const folder = [file, `${file}.new`].find(isFolder);
  const what =
    folder === undefined
      ? WHAT[trouble]
      : `${folder} is a folder in the place of the listing of images: remove it`;
  return `${what}. The history is not harmed`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
