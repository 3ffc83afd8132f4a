import { mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOBS_LINK_TARGET, blobsDir, engineDataDir, HOSTED_ID } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';

/** Makes the folders of the tree, before the engine writes to it. */
export async function prepareTree(root: string): Promise<void> {
  const data = engineDataDir(root, HOSTED_ID);
  await mkdir(blobsDir(root), { recursive: true });
  await mkdir(join(data, 'repositories'), { recursive: true });
  const link = join(data, 'blobs');
  if ((await orMissing(readlink(link))) === BLOBS_LINK_TARGET) return;
  await rm(link, { recursive: true, force: true });
  await symlink(BLOBS_LINK_TARGET, link);
}
