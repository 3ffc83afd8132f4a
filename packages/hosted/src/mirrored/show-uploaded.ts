import { servedType } from '@registry-cache/domain';
import { type Exchange, HostedError } from '../http/answer.ts';
import { callerOf, pusherOf, requireDigest } from '../routes/context.ts';
import { stagingRepository } from '../store/staging.ts';
import type { Mirror, MirroredRepository } from './mirror.ts';

/**
 * HEAD of a blob or a manifest that its caller may not pull, from a client that may push. It sees
 * what it has sent, and no more.
 * @throws HostedError 404 for all else.
 */
export async function showUploaded(
  mirror: Mirror,
  exchange: Exchange,
  { registry, repository }: MirroredRepository,
  part: { readonly kind: 'blob' | 'manifest'; readonly digest: string },
): Promise<void> {
  const digest = requireDigest(part.digest);
  const staging = stagingRepository(registry.id, repository);
  const { uploaded } = mirror.uploads;
  const isOwn =
    callerOf(exchange) !== undefined &&
    uploaded.has({ pusher: pusherOf(exchange), repository: staging, digest });
  const target = mirror.openTarget(registry.id);
  const isLinked =
    part.kind === 'blob'
      ? await target.hasLayer(repository, digest)
      : await target.hasManifest(repository, digest);
  const sizeBytes = isOwn && isLinked ? await target.blobSize(digest) : undefined;
  if (sizeBytes === undefined) {
    throw new HostedError(404, 'BLOB_UNKNOWN', `${digest} is not here`);
  }
  const bytes = part.kind === 'manifest' ? await target.readManifest(digest) : undefined;
  exchange.response
    .writeHead(200, {
      'content-type': (bytes && servedType(bytes)) ?? 'application/octet-stream',
      'content-length': String(sizeBytes),
      'docker-content-digest': digest,
    })
    .end();
}
