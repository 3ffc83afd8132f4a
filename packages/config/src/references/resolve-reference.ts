import {
  accept,
  isDigest,
  isRepository,
  isTag,
  type Parsed,
  quoteFound,
  reject,
} from '@registry-cache/domain';
import { DOCKER_HUB } from '../pull-secret/key.ts';
import { findRegistry, type NamedUpstream, type ReferenceNames } from './find-registry.ts';
import { unfoldUrl } from './unfold-url.ts';

/** An image by its name here, as the edge finds it. */
export interface ResolvedReference {
  /** Undefined where none serves it. */
  readonly upstream: NamedUpstream | undefined;
  /** Whether the registry is one whose images are pushed here. */
  readonly isHosted: boolean;
  /** Whether it would be served from the first request on. */
  readonly isOnDemand: boolean;
  /** The name of the registry: `docker.io`. */
  readonly registry: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

const ACCEPTED =
  'an image as clients write it, such as redis:7, quay.io/team/app@sha256:… or cache.example.com:8443/quay.io/team/app';

/**
 * Finds the image that a client means: `redis` is `docker.io/library/redis:latest`. The cache's own
 * address may stand before the name, and aliases count, as at the edge. The URL or path of a request
 * stands for the image that it asks for.
 *
 * @param path where the text stands, for the issue.
 */
export function resolveReference(
  path: string,
  text: string,
  names: ReferenceNames,
): Parsed<ResolvedReference> {
  const { name, reference, isDigestMeant } = splitReference(unfoldUrl(text));
  const { registry, repository } = findRegistry(name, names);
  const isReference = isDigest(reference) || (!isDigestMeant && isTag(reference));
  const isGood = isRepository(repository) && isReference;
  if (!isGood) return reject({ path, found: quoteFound(text), accepted: ACCEPTED });
  const upstream = findUpstream(names.upstreams, registry, repository);
  const isOnDemand = upstream === undefined && names.isAllowedOnDemand(registry);
  const isOfficial = registry === DOCKER_HUB && !repository.includes('/');
  return accept({
    upstream,
    isHosted: names.hosted.includes(registry),
    isOnDemand,
    registry,
    repository: isOfficial ? `library/${repository}` : repository,
    reference,
  });
}

/** The parts before and behind the tag or digest. A digest counts more than a tag before it. */
function splitReference(text: string) {
  const at = text.indexOf('@');
  const tagged = at === -1 ? text : text.slice(0, at);
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const name = colon === -1 ? tagged : tagged.slice(0, colon);
  if (at !== -1) return { name, reference: text.slice(at + 1), isDigestMeant: true };
  const tag = colon === -1 ? 'latest' : tagged.slice(colon + 1);
  return { name, reference: tag, isDigestMeant: false };
}

/** The upstream of the registry with the longest namespace that the repository is in. */
function findUpstream(
  upstreams: readonly NamedUpstream[],
  registry: string,
  repository: string,
): NamedUpstream | undefined {
  const path = `${registry}/${repository}/`;
  return upstreams
    .filter(({ key }) => path.startsWith(`${key}/`))
    .toSorted((one, other) => other.key.length - one.key.length)[0];
}
