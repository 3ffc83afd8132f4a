import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest, repositoryDir, revisionLinkDir, tagCurrentLink } from '@registry-cache/domain';
import { pinImage } from '@registry-cache/pins';
import { orMissing } from '@registry-cache/runtime';
import { AdminError } from '../../contract/admin-error.ts';
import type { PinAnswer } from '../../contract/pins.ts';
import { findImage, type NamedImage, readReferenceNames } from '../../sources/find-image.ts';
import { readServedNames } from '../../sources/read-served-names.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describePin } from './describe-pin.ts';

/**
 * Pins what is here.
 * @throws AdminError for a text that names no image, and for a tag that is not here.
 */
export async function answerPin(
  { image: text }: { readonly image: string },
  { options, audit, operator }: AnswerDeps,
): Promise<PinAnswer> {
  const image = findImage(text, await readReferenceNames(options));
  const digest = await findDigest(options.storeRoot, image);
  if (digest === undefined) {
    throw new AdminError(
      'INVALID',
      `image: found ${text}, which is not here; pull or warm it first`,
    );
  }
  const { user = '', address: from, way } = operator;
  const placed = { ...image, digest };
  const inspected = await pinImage(options.storeRoot, placed, 'pin', audit, {
    ...{ user, from, way },
  });
  const { hostOf } = await readServedNames(options.registriesFile);
  return describePin(inspected, hostOf);
}

/** The digest itself, or that of a tag. Undefined where it is not here. */
async function findDigest(
  store: string,
  { upstreamId, repository, reference }: NamedImage,
): Promise<string | undefined> {
  const directory = repositoryDir(store, upstreamId, repository);
  const link = isDigest(reference)
    ? join(revisionLinkDir(directory, reference), 'link')
    : tagCurrentLink(directory, reference);
  const digest = await orMissing(readFile(link, 'utf8'));
  return digest !== undefined && isDigest(digest) ? digest : undefined;
}
