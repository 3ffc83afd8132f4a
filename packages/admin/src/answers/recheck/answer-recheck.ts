import { readFile, stat, utimes } from 'node:fs/promises';
import { isDigest, RECHECK_WISH_MS, repositoryDir, tagCurrentLink } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';
import { AdminError } from '../../contract/admin-error.ts';
import { findImage, readReferenceNames } from '../../sources/find-image.ts';
import type { AnswerDeps } from '../answer-deps.ts';

/**
 * Sets the file time of a tag's link back. Egress takes an older time for the wish of an operator to
 * have the tag checked (packages/egress/src/store/tags.ts).
 *
 * @throws AdminError for a name that is no tag, and for a tag that is not here.
 */
export async function answerRecheck(
  { image: text }: { readonly image: string },
  { options }: AnswerDeps,
): Promise<{ image: string; digest: string; confirmed: string }> {
  const names = await readReferenceNames(options);
  const { upstreamId, repository, reference, name } = findImage(text, names);
  if (isDigest(reference)) {
    throw new AdminError('INVALID', 'image: found a digest, which never changes; accepted: a tag');
  }
  const link = tagCurrentLink(repositoryDir(options.storeRoot, upstreamId, repository), reference);
  const [found, digest] = [await orMissing(stat(link)), await orMissing(readFile(link, 'utf8'))];
  if (found === undefined || digest === undefined) {
    throw new AdminError('INVALID', `image: found ${text}, which is not here`);
  }
  await utimes(link, found.atime, new Date(RECHECK_WISH_MS));
  return { image: name, digest, confirmed: found.mtime.toISOString() };
}
