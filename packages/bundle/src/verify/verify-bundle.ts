import { stat } from 'node:fs/promises';
import { openFileSource } from '../archive/byte-source.ts';
import { openFolderArchive } from '../archive/folder-archive.ts';
import { compressionOf } from '../archive/spool.ts';
import { openTarArchive } from '../archive/tar-archive.ts';
import { readCheckedManifest } from '../formats/checked-manifest.ts';
import { readContents } from '../formats/read-contents.ts';
import { BundleError } from '../problem.ts';
import { verifyContents } from './verify-contents.ts';
import { verifyFiles } from './verify-files.ts';
import type { VerifyResult, VerifyRun } from './verify-run.ts';
import { verifyTar } from './verify-tar.ts';

/**
 * Checks a bundle, and writes nothing. In a bundle of ours every file or part is checked by its
 * manifest, and in those of others every blob by its digest.
 * @param path a folder or a tar.
 * @throws BundleError for one that cannot be read at all.
 */
export async function verifyBundle(path: string, run: VerifyRun): Promise<VerifyResult> {
  if ((await stat(path)).isDirectory()) {
    const archive = await openFolderArchive(path);
    const checked = await readCheckedManifest(archive);
    if (checked !== undefined) return verifyFiles(archive, checked, run);
    return verifyContents(await readContents(archive), run);
  }
  await using stack = new AsyncDisposableStack();
  const source = await openFileSource(path);
  stack.defer(() => source.close());
  const start = Buffer.alloc(4);
  await source.read(start, 0);
  // Nothing is written here, and a compressed tar cannot be read at any place.
  if (compressionOf(start) !== undefined)
    throw new BundleError(path, 'compressed: unpack it first');
  const archive = await openTarArchive(path, source);
  const checked = await readCheckedManifest(archive);
  if (checked !== undefined) return await verifyTar(source, checked, run);
  return await verifyContents(await readContents(archive), run);
}
