import type { Archive } from '../archive/archive.ts';
import { INDEX_FILE, LAYOUT_FILE } from '../layout/layout-files.ts';
import { BundleError } from '../problem.ts';
import type { BundleContents } from './contents.ts';
import { readLayout } from './read-layout.ts';

/**
 * Tells the form of a bundle by its files, and reads its list of images.
 * @throws BundleError for files of no known form.
 */
export async function readContents(archive: Archive): Promise<BundleContents> {
  const has = (name: string) => archive.files.has(name);
  if (has(LAYOUT_FILE) || has(INDEX_FILE)) return readLayout(archive);
  throw new BundleError(archive.place, 'no OCI image layout');
}
