import { isRepository } from '@registry-cache/domain';
import { type Exchange, send } from '../http/answer.ts';
import { callerOf } from '../routes/context.ts';
import { noteOwnPart } from '../routes/own-parts.ts';
import { blobHeaders } from '../routes/upload-place.ts';
import { stagingRepository } from '../store/staging.ts';
import { findRepository, imageOf, type Mirror, type MirroredRepository } from './mirror.ts';

/**
 * Links a blob that another repository of an upstream has here, and that the caller could pull: by
 * the rules of access, and by the checks of signatures and admission for that repository.
 * Returns whether that was answered; otherwise the client has to upload it.
 */
export async function mountMirrored(
  mirror: Mirror,
  exchange: Exchange,
  { registry, repository }: MirroredRepository,
  digest: string,
): Promise<boolean> {
  const from = exchange.query.get('from') ?? '';
  const other = findRepository(await mirror.registries(), from, registry);
  if (!isRepository(other.repository)) return false;
  const { id } = other.registry;
  const { rights } = mirror.uploads;
  const findTags = mirror.findTags(id, other.repository);
  if (!(await mirror.openTarget(id).hasLayer(other.repository, digest))) return false;
  if (!(await rights.mayPullBlob(callerOf(exchange), imageOf(other), digest, findTags))) {
    return false;
  }
  const target = mirror.openTarget(registry.id);
  if ((await target.blobSize(digest)) === undefined) return false;
  if (!(await mirror.egress.servesBlob(id, other.repository, digest))) return false;
  await target.linkLayer(repository, digest);
  noteOwnPart(mirror.uploads, exchange, stagingRepository(registry.id, repository), digest);
  send(exchange, 201, blobHeaders(repository, digest));
  return true;
}
