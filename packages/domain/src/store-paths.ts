import { join } from 'node:path';
import { splitDigest } from './reference.ts';

/**
 * The tree on disk. All paths in it are made in this file.
 *
 *     <root>/
 *       blobs/sha256/ab/abcd…/data                       every byte, once
 *       registries/<upstream id>/docker/registry/v2/
 *         blobs -> ../../../../../blobs
 *         repositories/<repository>/
 *           _layers/sha256/<hex>/link                    this repository may serve that blob
 *           _manifests/revisions/sha256/<hex>/link       … that manifest
 *           _manifests/tags/<tag>/current/link           the tag's newest digest
 *           _manifests/tags/<tag>/index/sha256/<hex>/link
 *           _referrers/<algorithm>-<hex>                 digests that the upstream listed for it
 *           _uploads/<uuid>/                             an engine's download in flight
 *       egress/                                          bodies in flight, and which bytes they have;
 *                                                        empty at rest
 *       bucket-queue/<hash>                              what waits for the bucket
 *       trust/<upstream id>/<repository>/_verdicts.json  images whose signature is good
 *       admission/<upstream id>/<repository>/_verdicts.json, _seen.json  admitted images, and
 *                                                        when digests were first seen
 *       pins/<upstream id>/<repository>/_tags/<tag>.json, _digests/<algorithm>-<hex>.json
 *                                                        a pinned image each
 *       on-demand.json                                   registries that became upstreams on demand
 *       bundles/<algorithm>-<hex>                        a bundle that was imported whole
 *       jobs/records/<id>.json                           long work, running and ended
 *       jobs/followed.json                               when lists of the policy were warmed
 *       jobs/lists/<hash>                                the last good content of such a list
 *       events/<worker>.jsonl[.1]                        what workers tell the history
 *       events/oldest.json                               the blobs that the cleaner evicts first
 *       history/history.db                               counts, fetches, evictions: SQLite
 *       history/images.db                                the tags that the last look found: SQLite
 *       audit/audit.log[.1]                              a line for each event of the audit
 *       hosted/                                          images that were pushed here: a tree as this
 *                                                        one, with one upstream, `hosted`
 *       hosted/deleted/                                  deletions whose room is not free yet
 *
 * The part below docker/registry/v2 is the distribution registry's own
 * (registry/storage/paths.go at v3.1.1).
 */
export const BLOBS_LINK_TARGET = '../../../../../blobs';

export function blobsDir(root: string): string {
  return join(root, 'blobs');
}

export function blobDir(root: string, digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return join(root, 'blobs', algorithm, hex.slice(0, 2), hex);
}

export function blobFile(root: string, digest: string): string {
  return join(blobDir(root, digest), 'data');
}

export function registriesDir(root: string): string {
  return join(root, 'registries');
}

/** The `rootdirectory` of one engine. */
export function engineRoot(root: string, upstreamId: string): string {
  return join(root, 'registries', upstreamId);
}

export function engineDataDir(root: string, upstreamId: string): string {
  return join(engineRoot(root, upstreamId), 'docker', 'registry', 'v2');
}

export function repositoriesDir(root: string, upstreamId: string): string {
  return join(engineDataDir(root, upstreamId), 'repositories');
}

export function repositoryDir(root: string, upstreamId: string, repository: string): string {
  return join(repositoriesDir(root, upstreamId), repository);
}

/** Holds `<algorithm>/<hex>/link` of every blob that the repository may serve. */
export function layersDir(repositoryDirectory: string): string {
  return join(repositoryDirectory, '_layers');
}

export function layerLinkDir(repositoryDirectory: string, digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return join(layersDir(repositoryDirectory), algorithm, hex);
}

/** Holds `<algorithm>/<hex>/link` of every manifest that the repository may serve. */
export function revisionsDir(repositoryDirectory: string): string {
  return join(repositoryDirectory, '_manifests', 'revisions');
}

export function revisionLinkDir(repositoryDirectory: string, digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return join(revisionsDir(repositoryDirectory), algorithm, hex);
}

export function tagsDir(repositoryDirectory: string): string {
  return join(repositoryDirectory, '_manifests', 'tags');
}

/** Holds `current/link` and, for each digest that the tag ever had, `index/<algorithm>/<hex>/link`. */
export function tagDir(repositoryDirectory: string, tag: string): string {
  return join(tagsDir(repositoryDirectory), tag);
}

export function tagCurrentLink(repositoryDirectory: string, tag: string): string {
  return join(tagDir(repositoryDirectory, tag), 'current', 'link');
}

export function tagIndexLink(repositoryDirectory: string, tag: string, digest: string): string {
  const { algorithm, hex } = splitDigest(digest);
  return join(tagDir(repositoryDirectory, tag), 'index', algorithm, hex, 'link');
}

/**
 * Holds a file for each manifest whose referrers the upstream listed last. distribution skips names
 * with an underscore that it does not know.
 */
export function referrersDir(repositoryDirectory: string): string {
  return join(repositoryDirectory, '_referrers');
}

/** The digests of the referrers of one manifest, one a line. */
export function referrersFile(repositoryDirectory: string, subject: string): string {
  const { algorithm, hex } = splitDigest(subject);
  return join(referrersDir(repositoryDirectory), `${algorithm}-${hex}`);
}

export function uploadsDir(repositoryDirectory: string): string {
  return join(repositoryDirectory, '_uploads');
}

/** A JSON list of the hosts that became upstreams on demand. */
export function onDemandFile(root: string): string {
  return join(root, 'on-demand.json');
}

/** Holds the pins of each upstream, in a folder by its id. */
export function pinsDir(root: string): string {
  return join(root, 'pins');
}

/** Holds the pins of the repository's tags. No part of a repository's name begins with `_`. */
export function tagPinsDir(root: string, upstreamId: string, repository: string): string {
  return join(pinsDir(root), upstreamId, repository, '_tags');
}

export function tagPinFile(
  root: string,
  upstreamId: string,
  repository: string,
  tag: string,
): string {
  return join(tagPinsDir(root, upstreamId, repository), `${tag}.json`);
}

/** Holds the pins of the repository's digests. */
export function digestPinsDir(root: string, upstreamId: string, repository: string): string {
  return join(pinsDir(root), upstreamId, repository, '_digests');
}

export function digestPinFile(
  root: string,
  upstreamId: string,
  repository: string,
  digest: string,
): string {
  const { algorithm, hex } = splitDigest(digest);
  return join(digestPinsDir(root, upstreamId, repository), `${algorithm}-${hex}.json`);
}

/** Bodies that egress is still receiving. */
export function egressDir(root: string): string {
  return join(root, 'egress');
}

/** Holds a file for each object that waits for the bucket. */
export function bucketQueueDir(root: string): string {
  return join(root, 'bucket-queue');
}

/** Holds an empty file for each bundle that was imported whole, by the digest of its manifest. */
export function importedBundlesDir(root: string): string {
  return join(root, 'bundles');
}

/** Holds what is known of long work. */
export function jobsDir(root: string): string {
  return join(root, 'jobs');
}

/** Holds a record for each job, running and ended. */
export function jobRecordsDir(root: string): string {
  return join(jobsDir(root), 'records');
}

/** When the lists that the policy file names were warmed. */
export function followedFile(root: string): string {
  return join(jobsDir(root), 'followed.json');
}

/** Holds the last good content of each list that the policy file names. */
export function followedListsDir(root: string): string {
  return join(jobsDir(root), 'lists');
}

/** The audit log. The file before it has `.1` at its end. */
export function auditFile(root: string): string {
  return join(root, 'audit', 'audit.log');
}

/** What a worker tells the history, a line for each event. The file before it has `.1` at its end. */
export function eventsFile(root: string, worker: EventWorker): string {
  return join(root, 'events', `${worker}.jsonl`);
}

/** The blobs that the cleaner evicts first, as JSON of `OldestBlobs`. */
export function oldestBlobsFile(root: string): string {
  return join(root, 'events', 'oldest.json');
}

/** The programs that tell the history something. */
export const EVENT_WORKERS = ['egress', 'cleaner', 'prune'] as const;
export type EventWorker = (typeof EVENT_WORKERS)[number];

/** The database of the history. */
export function historyFile(root: string): string {
  return join(root, 'history', 'history.db');
}

/** The database of the tags in the store. It can be made anew from the store at any time. */
export function imagesFile(root: string): string {
  return join(root, 'history', 'images.db');
}

/** Lines on their way to log collectors: the queues of rsyslog. */
export function logQueueDir(root: string): string {
  return join(root, 'log-queue');
}

/** The checks of images that keep verdicts. */
export type VerdictKind = 'trust' | 'admission';

/** Everything that one of the checks remembers. */
export function verdictsDir(root: string, kind: VerdictKind): string {
  return join(root, kind);
}

/** The verdicts on a repository's images. */
export function verdictsFile(
  root: string,
  kind: VerdictKind,
  upstreamId: string,
  repository: string,
): string {
  // No part of a repository's name begins with an underscore.
  return join(verdictsDir(root, kind), upstreamId, repository, '_verdicts.json');
}

/** When the digests of a repository's tags were first seen. */
export function firstSeenFile(root: string, upstreamId: string, repository: string): string {
  return join(verdictsDir(root, 'admission'), upstreamId, repository, '_seen.json');
}

/** The one upstream id in the tree of hosted images. Repositories have the registry's name in front. */
export const HOSTED_ID = 'hosted';

/** The root of the tree of hosted images, whose bytes are not the cache's. */
export function hostedDir(root: string): string {
  return join(root, 'hosted');
}

/** Deletions of hosted images whose room is not free yet, one file each. */
export function hostedDeletionsDir(root: string): string {
  return join(hostedDir(root), 'deleted');
}
