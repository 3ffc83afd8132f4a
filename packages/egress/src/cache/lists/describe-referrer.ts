import { asObject, parseObject } from '@registry-cache/domain';
import type { StoredManifest } from '../manifests/stored-manifest.ts';
import type { Referrer } from './referrers-index.ts';

/** An entry of a list of referrers that was made here. */
export interface DescribedReferrer extends Referrer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: unknown;
}

/**
 * The entry of a referrer, as a registry makes it.
 * Source: OCI distribution specification 1.1, "Listing Referrers".
 */
export function describeReferrer({ digest, bytes, type }: StoredManifest): DescribedReferrer {
  const { artifactType, config, annotations } = parseObject(bytes);
  const own = artifactType ?? asObject(config).mediaType;
  return {
    mediaType: type,
    digest,
    size: bytes.length,
    ...(own !== undefined && { artifactType: own }),
    ...(annotations !== undefined && { annotations }),
  };
}
