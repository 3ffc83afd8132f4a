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
  const { reference, ...place } = parsePlace(text, ids);
  if (place.upstreamId === undefined || reference === undefined) {
    throw refuse(text, 'REGISTRY/REPOSITORY:TAG or @DIGEST', ids);
  }
  return { ...place, upstreamId: place.upstreamId, reference };
}

/**
 * Parses the name of a repository, `quay.io/team/app`, or the full name of an image in it.
 *
 * @throws AdminError that says what is accepted.
 */
export function parseRepository(
  text: string,
  { ids }: Pick<ServedPlaces, 'ids'>,
): Omit<NamedImage, 'reference'> & { readonly reference: string | undefined } {
  const { upstreamId, ...rest } = parsePlace(text, ids);
  if (upstreamId === undefined) {
    throw refuse(text, 'REGISTRY/REPOSITORY, also with :TAG or @DIGEST,', ids);
  }
  return { upstreamId, ...rest };
}

interface ParsedPlace {
  /** Undefined if a part has another grammar, or nothing is served by this name. */
  readonly upstreamId: string | undefined;
  readonly repository: string;
  readonly reference: string | undefined;
}

function parsePlace(text: string, ids: ServedPlaces['ids']): ParsedPlace {
  const [name = '', digest] = text.split(/@(.*)/s);
  const [, before, tag] = /^(.*):([^/:]+)$/.exec(digest === undefined ? name : '') ?? [];
  const whole = before ?? name;
  const reference = digest ?? tag;
  const keys = [...ids.keys()].filter((key) => whole.startsWith(`${key}/`));
  const [key] = keys.toSorted((one, other) => other.length - one.length);
  const upstreamId = key === undefined ? undefined : ids.get(key);
  const repository = whole.slice(whole.indexOf('/') + 1);
  const isReference = digest === undefined ? isTag(tag ?? 'none') : isDigest(digest);
  const isGood = isRepository(repository) && isReference;
  return { upstreamId: isGood ? upstreamId : undefined, repository, reference };
}

function refuse(text: string, form: string, ids: ServedPlaces['ids']): AdminError {
  const accepted = `${form} of ${[...ids.keys()].join(', ')}`;
  return new AdminError('INVALID', `image: found ${quoteFound(text)}; accepted: ${accepted}`);
}
