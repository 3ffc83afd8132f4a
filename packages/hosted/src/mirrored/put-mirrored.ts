import { writeFile } from 'node:fs/promises';
import { isDigest } from '@registry-cache/domain';
import type { ImportTarget } from '@registry-cache/intake';
import { addPin } from '@registry-cache/pins';
import { type Exchange, HostedError, send } from '../http/answer.ts';
import { callerOf, noRoomHere } from '../routes/context.ts';
import { readManifest, requireReference } from '../routes/manifests.ts';
import { noteOwnPart, requireOwnParts } from '../routes/own-parts.ts';
import { stagingRepository } from '../store/staging.ts';
import { gatherParts } from './gather-parts.ts';
import { imageOf, type Mirror, type MirroredRepository } from './mirror.ts';
import { dropChildPins, holdDigest, type PinnedRepository, pushedPin } from './pushed-pins.ts';
import { type PushedManifest, readPushed } from './read-pushed.ts';

/** The cleaner may take a part away before the pin is there. It spares what was used last. */
const MOST_TRIES = 3;

/**
 * `PUT …/manifests/<reference>` into an upstream's name. Everything that the manifest names is here
 * and held before the manifest is linked and pinned, and its tag comes last. So clients see the whole
 * image or none of it, and a push that fails changes neither tag nor pin. A tag keeps this digest
 * until it is unpinned.
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
  const at = { upstreamId: to.registry.id, repository: to.repository };
  const findTags = mirror.findTags(to.registry.id, to.repository);
  const staging = stagingRepository(to.registry.id, to.repository);
  const place = { repository: staging, image: imageOf(to), findTags };
  await requireOwnParts(mirror.uploads, exchange, place, bytes);
  const mayFetch = (part: string) => rights.mayFetchBlob(caller, imageOf(to), part, findTags);
  if (!(await mirror.reserve(bytes.length, 0))) {
    report.refused();
    throw noRoomHere();
  }
  for (let tries = 1; ; tries += 1) {
    await gatherParts(mirror, to, parts, mayFetch);
    const isShown = await inTurn(mirror, to, async () => {
      const target = mirror.openTarget(to.registry.id);
      await storeManifest(target, manifest);
      const by = caller?.user ?? 'anonymous';
      await using hold = await holdDigest(mirror.storeRoot, { ...at, digest, by });
      if (!(await isStillHere(gatherParts(mirror, to, parts, async () => false)))) return false;
      await showManifest(mirror.storeRoot, target, at, manifest, reference, by);
      if (isDigest(reference)) hold.keep();
      return true;
    });
    if (isShown) break;
    if (tries === MOST_TRIES) throw noRoomHere();
  }
  noteOwnPart(mirror.uploads, exchange, staging, digest);
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

async function storeManifest(
  target: ImportTarget,
  { bytes, digest }: PushedManifest,
): Promise<void> {
  const file = target.temporaryFile();
  await writeFile(file, bytes, { flag: 'wx', flush: true });
  await target.storeBlob(digest, file, Date.now());
}

async function showManifest(
  storeRoot: string,
  target: ImportTarget,
  at: PinnedRepository,
  { digest, parts }: PushedManifest,
  reference: string,
  by: string,
): Promise<void> {
  const { repository } = at;
  await target.linkManifest(repository, digest);
  const tag = isDigest(reference) ? undefined : reference;
  await addPin(storeRoot, pushedPin({ ...at, digest, by, ...(tag !== undefined && { tag }) }));
  if (tag !== undefined) {
    await target.writeTag(repository, { tag, digest, writtenAtMs: Number.POSITIVE_INFINITY });
  }
  const children = parts.manifests.map((child) => child.digest);
  await dropChildPins(storeRoot, at, children);
}
