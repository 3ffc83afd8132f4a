import { splitDigest } from '@registry-cache/domain';

/** A repository of an upstream. */
export interface BucketPlace {
  readonly upstreamId: string;
  readonly repository: string;
}

/**
 * The objects of a bucket, below its prefix. Names that begin with an underscore are no part of a
 * repository's name.
 *
 *     blobs/sha256/<hex>                                   every byte, once
 *     registries/<upstream id>/<repository>/
 *       _layers/sha256/<hex>                               this repository may serve that blob
 *       _manifests/sha256/<hex>                            … that manifest
 *       _tags/<tag>                                        the tag's digest, and when it was confirmed
 *       _referrers/sha256/<hex>                            the list of its referrers, by the upstream
 */
export function blobKey(digest: string): string {
  return `blobs/${digestPath(digest)}`;
}

export function layerKey(place: BucketPlace, digest: string): string {
  return `${placeKey(place)}/_layers/${digestPath(digest)}`;
}

export function revisionKey(place: BucketPlace, digest: string): string {
  return `${placeKey(place)}/_manifests/${digestPath(digest)}`;
}

export function tagKey(place: BucketPlace, tag: string): string {
  return `${placeKey(place)}/_tags/${tag}`;
}

export function referrersKey(place: BucketPlace, subject: string): string {
  return `${placeKey(place)}/_referrers/${digestPath(subject)}`;
}

/** No object has this key. An answer for it tells that the bucket can be asked. */
export const PROBE_KEY = 'probe';

function placeKey({ upstreamId, repository }: BucketPlace): string {
  return `registries/${upstreamId}/${repository}`;
}

function digestPath(digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return `${algorithm}/${hex}`;
}
