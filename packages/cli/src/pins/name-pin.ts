import type { ReferenceNames } from '@registry-cache/config';
import { escapeUnprintable } from '@registry-cache/domain';
import type { PinReference } from '@registry-cache/pins';

/**
 * The name of a pinned image: `quay.io/coreos/etcd:v3.5.1`. A registry that is not served any more
 * has the name of its folder.
 */
export function namePin(
  { upstreamId, repository, tag, digest }: PinReference,
  names: Pick<ReferenceNames, 'upstreams'>,
): string {
  const registry = names.upstreams.find(({ id }) => id === upstreamId)?.host ?? upstreamId;
  const reference = tag === undefined ? `@${digest}` : `:${tag}`;
  return escapeUnprintable(`${registry}/${repository}${reference}`);
}
