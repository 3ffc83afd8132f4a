import { parseMirroredPath } from '@registry-cache/domain';
import { type Exchange, HostedError } from '../http/answer.ts';
import type { Context } from '../routes/context.ts';
import { answerBy, type Routes, uploadRoutes } from '../routes/route.ts';
import { startUpload } from '../routes/uploads.ts';
import { stagingRepository } from '../store/staging.ts';
import { deleteMirrored } from './delete-mirrored.ts';
import { type Mirror, type MirroredRepository, requireRegistry } from './mirror.ts';
import { mountMirrored } from './mount-mirrored.ts';
import { putMirrored } from './put-mirrored.ts';
import { showUploaded } from './show-uploaded.ts';
import { takeOverBlob } from './take-over-blob.ts';

/**
 * Answers what belongs to a push into an upstream's name, or deletes there. Pulls go elsewhere.
 * @param path without the registry.
 * @throws HostedError for a request that has an error as its answer.
 */
export async function routeMirrored(
  mirror: Mirror,
  exchange: Exchange,
  upstreamId: string,
  path: string,
): Promise<void> {
  const found = parseMirroredPath(path);
  if (found === undefined) {
    throw new HostedError(404, 'NAME_UNKNOWN', 'not a path of the distribution API');
  }
  const { repository } = found;
  const registry = await requireRegistry(mirror, upstreamId);
  await answerBy(routesOf(mirror, exchange, { registry, repository }, found), exchange);
}

function routesOf(
  mirror: Mirror,
  exchange: Exchange,
  to: MirroredRepository,
  path: NonNullable<ReturnType<typeof parseMirroredPath>>,
): Routes {
  const { repository } = to;
  const place = { repository: stagingRepository(to.registry.id, repository), shown: repository };
  const context: Context = {
    ...mirror.uploads,
    onBlob: (upload, digest) => takeOverBlob(mirror, to, upload, digest),
  };
  switch (path.kind) {
    case 'manifest':
      return {
        HEAD: () => showUploaded(mirror, exchange, to, { ...path, digest: path.reference }),
        PUT: () => putMirrored(mirror, exchange, to, path.reference),
        DELETE: () => deleteMirrored(mirror, exchange, to, path.reference),
      };
    case 'blob':
      return { HEAD: () => showUploaded(mirror, exchange, to, path) };
    case 'uploads':
      return {
        POST: () =>
          startUpload(context, exchange, place, (digest) =>
            mountMirrored(mirror, exchange, to, digest),
          ),
      };
    case 'upload':
      return uploadRoutes(context, exchange, { ...place, id: path.id });
    default:
      return {};
  }
}
