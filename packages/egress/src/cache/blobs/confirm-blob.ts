import type { RepositoryScope } from '../fetch/blob-fetch.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { lookForBlob } from './blob-head.ts';

/**
 * Asks the upstream whether a repository may have a blob, once for all that want to know it now.
 * @returns the size in bytes that the upstream says. Undefined where it says none; then its answer
 * may be about anything, and gives no leave.
 * @throws RegistryError where it may not; whatever else kept the upstream from saying.
 */
export function confirmBlob(
  context: UpstreamContext,
  scope: RepositoryScope,
  digest: string,
): Promise<number | undefined> {
  const { repository } = scope;
  return context.fetches.confirm(scope, digest, async (signal) => {
    const { sizeBytes } = await lookForBlob(context, {
      method: 'HEAD',
      path: { kind: 'blob', repository, digest },
      target: blobPath(repository, digest),
      accept: undefined,
      range: undefined,
      ifNoneMatch: undefined,
      canSendfile: false,
      signal,
    });
    return sizeBytes;
  });
}

/** Where an upstream has a blob. */
export function blobPath(repository: string, digest: string): string {
  return `/v2/${repository}/blobs/${digest}`;
}
