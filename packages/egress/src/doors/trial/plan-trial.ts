import { type RegistryPath, SERVED_TYPES } from '@registry-cache/domain';
import type { UpstreamRequest } from '../../upstream/client/upstream-request.ts';

/**
 * The smallest request that needs the right to pull what a path names. Referrers stand for the
 * manifest that they refer to, since many registries have no list of them.
 */
export function planTrial(
  path: RegistryPath,
): Pick<UpstreamRequest, 'method' | 'path' | 'headers'> {
  const base = `/v2/${path.repository}`;
  switch (path.kind) {
    case 'blob':
      return { method: 'HEAD', path: `${base}/blobs/${path.digest}`, headers: {} };
    case 'tags':
      return { method: 'GET', path: `${base}/tags/list?n=1`, headers: {} };
    case 'referrers':
      return manifest(base, path.digest);
    case 'manifest':
      return manifest(base, path.reference);
  }
}

function manifest(base: string, reference: string) {
  const headers = { accept: SERVED_TYPES.join(', ') };
  return { method: 'HEAD', path: `${base}/manifests/${reference}`, headers } as const;
}
