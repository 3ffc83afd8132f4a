import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { openFileSource } from '../archive/byte-source.ts';
import { openFolderArchive } from '../archive/folder-archive.ts';
import { openTarArchive } from '../archive/tar-archive.ts';
import { readCheckedManifest } from '../formats/checked-manifest.ts';
import { BUNDLE_MANIFEST } from '../layout/bundle-manifest.ts';
import { BundleError } from '../problem.ts';

/**
 * The digests that an earlier bundle has brought, with those that it could leave out.
 * @param path the bundle: a folder, a tar, or its `bundle.json` with the sum beside it.
 * @throws BundleError for a bundle of another tool, and for a damaged manifest.
 */
export async function readBase(path: string): Promise<ReadonlySet<string>> {
  await using stack = new AsyncDisposableStack();
  const open = async () => {
    if ((await stat(path)).isDirectory()) return openFolderArchive(path);
    if (basename(path) === BUNDLE_MANIFEST) return openFolderArchive(dirname(path));
    const source = await openFileSource(path);
    stack.defer(() => source.close());
    return openTarArchive(path, source);
  };
  const checked = await readCheckedManifest(await open());
  if (checked === undefined) throw new BundleError(path, `it has no ${BUNDLE_MANIFEST}`);
  const { files, left } = checked.manifest;
  return new Set([...files.map(({ digest }) => digest), ...left]);
}
