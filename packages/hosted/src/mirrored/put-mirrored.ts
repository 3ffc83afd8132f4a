import { writeFile } from 'node:fs/promises';
import { isDigest } from '@registry-cache/domain';
import { addPin } from '@registry-cache/pins';
import { type Exchange, HostedError, send } from '../http/answer.ts';
import { callerOf, noRoomHere } from '../routes/context.ts';
import { readManifest, requireReference } from '../routes/manifests.ts';
import { gatherParts } from './gather-parts.ts';
import { imageOf, type Mirror, type MirroredRepository } from './mirror.ts';
import { dropChildPins } from './pushed-pins.ts';
import { type PushedManifest, readPushed } from './read-pushed.ts';

/** The cleaner may take a part away before the pin is there. It spares what was used last. */
const MOST_TRIES = 3;

/**
 * `PUT …/manifests/<reference>` into an upstream's name. Everything that the manifest names is here
 * before it is, then it is pinned, and its tag comes last. So clients see the whole image or none of
 * it. A tag keeps this digest until it is unpinned.
 */
export async function putMirrored(
  mirror: Mirror,
  exchange: Exchange,
  to: MirroredRepository,
  reference: string,
): Promise<void> {
  requireReference(reference);
  const { report, rights } = mirror.uploads;
  const bytes = await readManifest(exchange);
  const manifest = readPushed(bytes, exchange.request.headers['content-type']);
  const { digest, parts, subject } = manifest;
  if (isDigest(reference) && reference !== digest) {
    const message = `the digest of these ${bytes.length} bytes is ${digest}`;
    throw new HostedError(400, 'DIGEST_INVALID', message);
  }
  const caller = callerOf(exchange);
  const findTags = mirror.findTags(to.registry.id, to.repository);
  const mayFetch = (part: string) => rights.mayFetchBlob(caller, imageOf(to), part, findTags);
  if (!(await mirror.reserve(bytes.length, 0))) {
    report.refused();
    throw noRoomHere();
  }
  for (let tries = 1; ; tries += 1) {
    await gatherParts(mirror, to, parts, mayFetch);
    const isWhole = await inTurn(mirror, to, async () => {
      await showManifest(mirror, to, manifest, reference, caller?.user ?? 'anonymous');
      return isStillHere(gatherParts(mirror, to, parts, async () => false));
    });
    if (isWhole) break;
    if (tries === MOST_TRIES) throw noRoomHere();
  }
  report.pushed();
  send(exchange, 201, {
    location: `/v2/${to.repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject !== undefined && { 'oci-subject': subject }),
  });
}

/** Whether nothing was removed since. @throws any error that is not about a missing part. */
async function isStillHere(gathered: Promise<void>): Promise<boolean> {
  try {
    await gathered;
    return true;
  } catch (error) {
    if (error instanceof HostedError) return false;
    throw error;
  }
}

/** Changes of one repository happen one after another, so tag and pin agree. */
export function inTurn<T>(
  { turns }: Pick<Mirror, 'turns'>,
  { registry, repository }: MirroredRepository,
  work: () => Promise<T>,
): Promise<T> {
  return turns.take(`${registry.id} ${repository}`, work);
}

async function showManifest(
  { openTarget, storeRoot }: Pick<Mirror, 'openTarget' | 'storeRoot'>,
  { registry, repository }: MirroredRepository,
  { bytes, digest, parts }: PushedManifest,
  reference: string,
  by: string,
): Promise<void> {
  const target = openTarget(registry.id);
  const file = target.temporaryFile();
  await writeFile(file, bytes, { flag: 'wx', flush: true });
  await target.storeBlob(digest, file, Date.now());
  await target.linkManifest(repository, digest);
  const tag = isDigest(reference) ? undefined : reference;
  await addPin(storeRoot, {
    upstreamId: registry.id,
    repository,
    ...(tag !== undefined && { tag }),
    digest,
    why: 'mirrored',
    by,
    since: new Date().toISOString(),
  });
  if (tag !== undefined) {
    await target.writeTag(repository, { tag, digest, writtenAtMs: Number.POSITIVE_INFINITY });
  }
  const children = parts.manifests.map((child) => child.digest);
  await dropChildPins(storeRoot, { upstreamId: registry.id, repository }, children);
}
