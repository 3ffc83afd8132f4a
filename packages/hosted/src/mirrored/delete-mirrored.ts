import { asObject, isDigest, parseObject } from '@registry-cache/domain';
import { removePin } from '@registry-cache/pins';
import { type Exchange, HostedError, send } from '../http/answer.ts';
import { requireReference } from '../routes/manifests.ts';
import type { Mirror, MirroredRepository } from './mirror.ts';
import { listPushed } from './pushed-pins.ts';
import { inTurn } from './put-mirrored.ts';

/**
 * `DELETE …/manifests/<reference>` in an upstream's name: unpins a tag and takes it away, or a digest
 * with all its tags here. The bytes age out. From now on the registry is asked again.
 */
export async function deleteMirrored(
  mirror: Mirror,
  exchange: Exchange,
  of: MirroredRepository,
  reference: string,
): Promise<void> {
  requireReference(reference);
  const wasHere = await inTurn(mirror, of, () =>
    isDigest(reference) ? removeDigest(mirror, of, reference) : removeTag(mirror, of, reference),
  );
  if (!wasHere) throw new HostedError(404, 'MANIFEST_UNKNOWN', `${reference} is not here`);
  mirror.uploads.report.deleted();
  send(exchange, 202, {});
}

async function removeTag(
  { storeRoot, openTarget }: Mirror,
  { registry, repository }: MirroredRepository,
  tag: string,
): Promise<boolean> {
  // The pin first: a tag without one follows its registry.
  const wasPinned = await removePin(storeRoot, { upstreamId: registry.id, repository, tag });
  return (await openTarget(registry.id).removeTag(repository, tag)) || wasPinned;
}

async function removeDigest(
  mirror: Mirror,
  of: MirroredRepository,
  digest: string,
): Promise<boolean> {
  const { storeRoot, openTarget } = mirror;
  const { registry, repository } = of;
  const at = { upstreamId: registry.id, repository };
  const target = openTarget(registry.id);
  for (const tag of await target.listTags(repository)) {
    if ((await target.readTag(repository, tag)) === digest) await removeTag(mirror, of, tag);
  }
  // Signatures that were pushed for it have no use without it.
  for (const pushed of await listPushed(storeRoot, at)) {
    const { subject } = parseObject((await target.readManifest(pushed)) ?? Buffer.alloc(0));
    if (asObject(subject).digest === digest) await removePin(storeRoot, { ...at, digest: pushed });
  }
  const wasPinned = await removePin(storeRoot, { ...at, digest });
  return (await target.removeManifest(repository, digest)) || wasPinned;
}
