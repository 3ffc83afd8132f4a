import { isDigest, type RegistryPath } from '@registry-cache/domain';
import { isAnsweredByPin } from './tags/plan-pinned.ts';
import type { SharedCache } from './upstream-context.ts';

/**
 * Whether something is here that its registry need not have: a push may have brought it a moment
 * ago, or an import. Then no error of the registry counts.
 */
export async function wasBrought(
  { store, revisions, pins }: Pick<SharedCache, 'store' | 'revisions' | 'pins'>,
  upstreamId: string,
  path: RegistryPath,
): Promise<boolean> {
  const { repository } = path;
  if (path.kind === 'blob') {
    if (!(await store.hasLayer(upstreamId, repository, path.digest))) return false;
    return (await store.blobSize(path.digest)) !== undefined;
  }
  if (path.kind === 'manifest' && isDigest(path.reference)) {
    return revisions.has(upstreamId, repository, path.reference);
  }
  if (path.kind === 'referrers') {
    return (await pins.listBrought(upstreamId, repository)).length > 0;
  }
  return isAnsweredByPin(pins, upstreamId, path);
}
