import { isDigest, isRepository, isTag, quoteFound } from '@registry-cache/domain';
import { AdminError } from '../contract/admin-error.ts';
import type { ServedPlaces } from './read-served-names.ts';

/** An image with its place in the store. */
export interface NamedImage {
  readonly upstreamId: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/**
 * Parses the full name of an image, `quay.io/team/app:v1` or `quay.io/team/app@sha256:…`. Its parts
 * become a path, so each has its grammar. The longest served name that it begins with counts.
 *
 * @throws AdminError that says what is accepted.
 */
export function parseImage(text: string, { ids }: Pick<ServedPlaces, 'ids'>): NamedImage {
  const [name = '', digest] = text.split('@', 2);
  const [, before, tag] = /^(.*):([^/:]+)$/.exec(digest === undefined ? name : '') ?? [];
  const whole = before ?? name;
  const reference = digest ?? tag ?? '';
  const keys = [...ids.keys()].filter((key) => whole.startsWith(`${key}/`));
  const [key] = keys.toSorted((one, other) => other.length - one.length);
  const upstreamId = key === undefined ? undefined : ids.get(key);
  const repository = whole.slice(whole.indexOf('/') + 1);
  const isReference = digest === undefined ? isTag(reference) : isDigest(reference);
  if (upstreamId === undefined || !isRepository(repository) || !isReference) {
    const accepted = `REGISTRY/REPOSITORY:TAG or @DIGEST of ${[...ids.keys()].join(', ')}`;
    throw new AdminError('INVALID', `image: found ${quoteFound(text)}; accepted: ${accepted}`);
  }
  return { upstreamId, repository, reference };
}
