import { escapeUnprintable } from '@registry-cache/domain';
import type { PinReference } from '../record/pin.ts';

/**
 * The name of a pinned image: `quay.io/coreos/etcd:v3.5.1`. A registry that is not served any more
 * has the name of its folder.
 *
 * @param hostOf the registry of an upstream by its id; undefined where it is not served.
 */
export function namePin(
  { upstreamId, repository, tag, digest }: PinReference,
  hostOf: (upstreamId: string) => string | undefined,
): string {
  const registry = hostOf(upstreamId) ?? upstreamId;
  const reference = tag === undefined ? `@${digest}` : `:${tag}`;
  return escapeUnprintable(`${registry}/${repository}${reference}`);
}
