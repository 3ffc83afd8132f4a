import { join } from 'node:path';
import {
  BUNDLE_MANIFEST,
  BUNDLE_SUM,
  type BundleManifest,
  formatBundleManifest,
  formatSum,
  hashOf,
} from '../layout/bundle-manifest.ts';
import { writeWhole } from './folder-writer.ts';

/** Writes the manifest of a bundle with its sum. @returns its digest. */
export async function writeBundleManifest(dir: string, manifest: BundleManifest): Promise<string> {
  const bytes = formatBundleManifest(manifest);
  await writeWhole(join(dir, BUNDLE_MANIFEST), [bytes]);
  await writeWhole(join(dir, BUNDLE_SUM), [Buffer.from(formatSum(bytes))]);
  return hashOf(bytes);
}
