import { type Archive, readSmall } from '../archive/archive.ts';
import {
  BUNDLE_MANIFEST,
  BUNDLE_SUM,
  type BundleManifest,
  formatSum,
  hashOf,
  parseBundleManifest,
} from '../layout/bundle-manifest.ts';
import { MAX_BUNDLE_MANIFEST_BYTES } from '../limits.ts';
import { BundleError } from '../problem.ts';

export interface CheckedManifest {
  readonly manifest: BundleManifest;
  readonly digest: string;
  readonly bytes: Buffer;
}

/**
 * The manifest of a bundle of ours, checked by its sum. Undefined for bundles of others.
 * @throws BundleError if it is damaged.
 */
export async function readCheckedManifest(archive: Archive): Promise<CheckedManifest | undefined> {
  const isOurs = archive.files.has(BUNDLE_MANIFEST) || archive.files.has(BUNDLE_SUM);
  if (!isOurs) return undefined;
  const place = `${archive.place}: ${BUNDLE_MANIFEST}`;
  const bytes = await readSmall(archive, BUNDLE_MANIFEST, MAX_BUNDLE_MANIFEST_BYTES);
  if (bytes === undefined) {
    throw new BundleError(place, `missing, or over ${MAX_BUNDLE_MANIFEST_BYTES} bytes`);
  }
  const sum = await readSmall(archive, BUNDLE_SUM, 1024);
  if (sum === undefined) throw new BundleError(`${archive.place}: ${BUNDLE_SUM}`, 'missing');
  if (sum.toString() !== formatSum(bytes)) {
    throw new BundleError(place, `it does not match ${BUNDLE_SUM}`);
  }
  return { manifest: parseBundleManifest(place, bytes), digest: hashOf(bytes), bytes };
}
