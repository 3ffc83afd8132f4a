import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';
import {
  BUNDLE_MANIFEST,
  type BundleManifest,
  parseBundleManifest,
} from '../layout/bundle-manifest.ts';

/**
 * The manifest of the bundle that an earlier export has begun or made in this folder.
 * @returns undefined for a missing or an empty folder.
 * @throws InvalidInputError for a folder with other files, and for a bundle of the other kind.
 */
export async function readFormerBundle(
  dir: string,
  isInParts: boolean,
): Promise<BundleManifest | undefined> {
  const names = (await orMissing(readdir(dir))) ?? [];
  if (names.length === 0) return undefined;
  const bytes = await orMissing(readFile(join(dir, BUNDLE_MANIFEST)));
  if (bytes === undefined) {
    throw refuse(dir, 'which has other files');
  }
  const manifest = parseBundleManifest(join(dir, BUNDLE_MANIFEST), bytes);
  if ((manifest.parts !== undefined) === isInParts) return manifest;
  throw refuse(dir, isInParts ? 'which has a bundle in one piece' : 'which has a bundle in parts');
}

function refuse(dir: string, found: string): InvalidInputError {
  const accepted = 'a new or empty folder, or one of an earlier export of this kind';
  return new InvalidInputError([{ path: '--out', found: `${dir}, ${found}`, accepted }]);
}
