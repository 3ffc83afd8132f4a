import type { Archive } from '../archive/archive.ts';
import { DOCKER_FILE, INDEX_FILE, LAYOUT_FILE } from '../layout/layout-files.ts';
import { BundleError } from '../problem.ts';
import type { BundleContents } from './contents.ts';
import { findDirFolders, readDirTree } from './read-dir-tree.ts';
import { readDockerArchive } from './read-docker-archive.ts';
import { readLayout } from './read-layout.ts';

/**
 * Tells the form of a bundle by its files, and reads its list of images.
 * @throws BundleError for files of no known form.
 */
export async function readContents(archive: Archive): Promise<BundleContents> {
  const has = (name: string) => archive.files.has(name);
  // docker writes both lists. Only that of OCI names manifests.
  if (has(LAYOUT_FILE) && has(INDEX_FILE)) return readLayout(archive);
  const folders = await findDirFolders(archive);
  if (folders.length > 0) return readDirTree(archive, folders);
  if (has(DOCKER_FILE)) return readDockerArchive(archive);
  throw new BundleError(
    archive.place,
    'no bundle: neither oci-layout, nor manifest.json, nor folders of skopeo',
  );
}
