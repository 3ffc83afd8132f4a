import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundlePlan } from '../collect/collect-bundle.ts';
import { type BundleManifest, createBundleManifest } from '../layout/bundle-manifest.ts';
import { BlobLostError, streamContent, toSourceFile } from './content.ts';
import type { ExportResult, ExportRun } from './export-run.ts';
import { isWhole, removeUnfinished, writeWhole } from './folder-writer.ts';
import { readFormerBundle } from './former-bundle.ts';
import { type FileOptions, type PlannedFiles, planFiles } from './plan-files.ts';
import { withoutLost } from './without-lost.ts';
import { writeBundleManifest } from './write-manifest.ts';

/**
 * Makes a folder an OCI image layout. Files that are there and right stay. The list of the images
 * comes last, so that no reader finds an image in part. An image with a damaged blob is left out.
 */
export async function exportFolder(
  dir: string,
  plan: BundlePlan,
  options: FileOptions,
  run: ExportRun,
): Promise<ExportResult> {
  const former = await readFormerBundle(dir, false);
  await mkdir(dir, { recursive: true });
  await removeUnfinished(dir);
  const planned = planFiles(plan, options);
  // It comes first, so that the next run, or `verify`, knows what this one was to make.
  await writeBundleManifest(dir, toManifest(planned));
  const lost = new Map<string, string>();
  const counts = { writtenBytes: 0, keptBytes: 0 };
  for (const file of planned.files) {
    if (planned.texts.has(file.name)) continue;
    run.signal.throwIfAborted();
    const isKept = await writeFile(dir, file, planned, run).catch((error: unknown) => {
      if (!(error instanceof BlobLostError)) throw error;
      lost.set(file.digest, error.message);
      return undefined;
    });
    if (isKept !== undefined) counts[isKept ? 'keptBytes' : 'writtenBytes'] += file.size;
  }
  const whole = withoutLost(plan, lost);
  const final = lost.size === 0 ? planned : planFiles(whole, options);
  for (const file of final.files.filter(({ name }) => final.texts.has(name)).reverse()) {
    await writeFile(dir, file, final, run);
  }
  const digest = await writeBundleManifest(dir, toManifest(final));
  await removeStale(dir, [former, toManifest(planned)], final);
  const { images, lacking } = whole;
  const leftBlobs = final.left.length;
  return { digest, images: images.length, isEarlier: false, leftBlobs, ...counts, lacking };
}

function toManifest({ files, left }: PlannedFiles): BundleManifest {
  return createBundleManifest({ files: [...files], left: [...left] });
}

/** @returns whether it was there. */
async function writeFile(
  dir: string,
  file: PlannedFiles['files'][number],
  { texts }: PlannedFiles,
  { blobFile, onBytes, signal }: ExportRun,
): Promise<boolean> {
  const path = join(dir, file.name);
  const tell = (bytes: number) => {
    signal.throwIfAborted();
    onBytes(bytes);
  };
  if (await isWhole(path, { sizeBytes: file.size, digest: file.digest }, tell)) return true;
  await writeWhole(path, streamContent({ texts, blobFile }, toSourceFile(file)), tell);
  return false;
}

/** Removes the files of earlier manifests that this bundle does not have, and no other files. */
async function removeStale(
  dir: string,
  earlier: readonly (BundleManifest | undefined)[],
  { files }: PlannedFiles,
): Promise<void> {
  const kept = new Set(files.map(({ name }) => name));
  for (const { name } of earlier.flatMap((manifest) => manifest?.files ?? [])) {
    if (!kept.has(name)) await rm(join(dir, name), { force: true });
  }
}
