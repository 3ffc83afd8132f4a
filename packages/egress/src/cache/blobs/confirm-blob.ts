import type { RepositoryScope } from '../fetch/repository-scope.ts';
import type { ConfirmDeps } from './blob-deps.ts';
import { lookForBlob } from './blob-head.ts';

/**
 * Asks the upstream whether a repository may have a blob, once for all callers at the same time.
 * @returns the blob's size in bytes, from the upstream. Undefined if the upstream gives no size: then
 * its reply may be about anything, and permits nothing.
 * @throws RegistryError if the repository may not have the blob; any failure to ask the upstream.
 */
export function confirmBlob(
  deps: ConfirmDeps,
  { upstreamId, repository }: RepositoryScope,
  digest: string,
): Promise<number | undefined> {
  return deps.blobConfirmations.join(`${upstreamId} ${repository} ${digest}`, async (signal) => {
    const { sizeBytes } = await lookForBlob(deps, {
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

/** The path of a blob at an upstream. */
export function blobPath(repository: string, digest: string): string {
  return `/v2/${repository}/blobs/${digest}`;
}
