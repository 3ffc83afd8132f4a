import { readFile } from 'node:fs/promises';
import {
  parseNames,
  type ReferenceNames,
  type ResolvedReference,
  resolveReference,
} from '@registry-cache/config/references';
import { type AdminOptions, type Parsed, quoteFound, withReference } from '@registry-cache/domain';
import { AdminError } from '../contract/admin-error.ts';

/** A repository with its place in the store. */
export interface NamedRepository {
  readonly upstreamId: string;
  readonly repository: string;
}

/** An image with its place in the store. */
export interface NamedImage extends NamedRepository {
  /** A tag or a digest. */
  readonly reference: string;
  /** The full name: `docker.io/library/redis:7`. */
  readonly name: string;
}

/** The tag of a name without one. */
const DEFAULT_TAG = 'latest';
/** A tag at the end of a name, or of the URL of a manifest. */
const HAS_DEFAULT_TAG = new RegExp(`(?::|/manifests/)${DEFAULT_TAG}(?:\\?.*)?$`);

/** Reads the names of registries that config has rendered. @throws the system's error. */
export async function readReferenceNames({
  namesFile,
}: Pick<AdminOptions, 'namesFile'>): Promise<ReferenceNames> {
  return parseNames(await readFile(namesFile, 'utf8'));
}

/**
 * Finds the image that a client means by a name: aliases count, and so do the cache's own address
 * and the default registry, as in `explain`. Parts of the name become a path, so each has its grammar.
 *
 * @throws AdminError that says what is accepted.
 */
export function findImage(text: string, names: ReferenceNames): NamedImage {
  const { upstream, registry, repository, reference } = findServed(text, names, 'image');
  return {
    ...{ upstreamId: upstream.id, repository, reference },
    name: withReference(`${registry}/${repository}`, reference),
  };
}

/**
 * Finds a repository by its name, or by that of an image in it, as `findImage` does.
 *
 * @returns `reference` only where the text has one.
 * @throws AdminError that says what is accepted.
 */
export function findRepository(
  text: string,
  names: ReferenceNames,
): NamedRepository & { readonly reference: string | undefined } {
  const { upstream, repository, reference } = findServed(text, names, 'repository');
  const isTold = reference !== DEFAULT_TAG || HAS_DEFAULT_TAG.test(text);
  return { upstreamId: upstream.id, repository, reference: isTold ? reference : undefined };
}

const FORMS = {
  image: 'REGISTRY/REPOSITORY:TAG or @DIGEST',
  repository: 'REGISTRY/REPOSITORY, also with :TAG or @DIGEST,',
};

function findServed(text: string, names: ReferenceNames, form: keyof typeof FORMS) {
  const resolved: Parsed<ResolvedReference> = resolveReference('image', text, names);
  if (resolved.ok && resolved.value.upstream !== undefined) {
    return { ...resolved.value, upstream: resolved.value.upstream };
  }
  const accepted = `${FORMS[form]} of ${names.upstreams.map(({ key }) => key).join(', ')}`;
  throw new AdminError('INVALID', `image: found ${quoteFound(text)}; accepted: ${accepted}`);
}
