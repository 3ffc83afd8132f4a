import { constants } from 'node:fs';
import { copyFile, link, open, rm } from 'node:fs/promises';
import { blobFile } from '@registry-cache/domain';
import type { Place } from '../routes/place.ts';
import type { Mirror, MirroredRepository } from './mirror.ts';

/**
 * Takes a blob, whose bytes the engine has checked, into the upstream's repository. A hosted image
 * may have the same blob, so both trees get a name for the same bytes.
 */
export async function takeOverBlob(
  { uploads, openTarget }: Pick<Mirror, 'uploads' | 'openTarget'>,
  { registry, repository }: MirroredRepository,
  place: Place,
  digest: string,
): Promise<void> {
  const { store, claims, deletions, onDeletion } = uploads;
  const target = openTarget(registry.id);
  const file = target.temporaryFile();
  try {
    await linkOrCopy(blobFile(store.root, digest), file);
    await sync(file);
    await target.storeBlob(digest, file, Date.now());
  } finally {
    await rm(file, { force: true });
  }
  await target.linkLayer(repository, digest);
  // Here nobody needs it any longer. The sweep frees it, unless a hosted image has it.
  await store.removeLayer(place.repository, digest);
  claims.settle(place.repository, [digest]);
  await deletions.add({ kind: 'blob', repository: place.repository, digest });
  onDeletion();
}

/** Hosted images may be on a disk of their own. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** The rename must not outlive a loss of power that the bytes do not. */
async function sync(file: string): Promise<void> {
  await using handle = await open(file, 'r');
  await handle.sync();
}
