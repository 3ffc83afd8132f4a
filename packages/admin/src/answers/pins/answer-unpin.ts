import { isDigest } from '@registry-cache/domain';
import { removePin } from '@registry-cache/pins';
import { AdminError } from '../../contract/admin-error.ts';
import { findImage, readReferenceNames } from '../../sources/find-image.ts';
import type { AnswerDeps } from '../answer-deps.ts';

/** @throws AdminError for a text that names no image, and for an image that is not pinned. */
export async function answerUnpin(
  { image: text }: { readonly image: string },
  { options, audit, operator }: AnswerDeps,
): Promise<{ image: string }> {
  const names = await readReferenceNames(options);
  const { upstreamId, repository, reference, name } = findImage(text, names);
  const part = isDigest(reference) ? { digest: reference } : { tag: reference };
  if (!(await removePin(options.storeRoot, { upstreamId, repository, ...part }))) {
    throw new AdminError(
      'INVALID',
      `image: found ${text}, which is not pinned; accepted: one of pins`,
    );
  }
  const { user = '', address: from, way } = operator;
  audit.record({ event: 'unpin', user, from, way, image: name });
  return { image: name };
}
