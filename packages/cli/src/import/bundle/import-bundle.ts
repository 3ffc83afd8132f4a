import { type BundleContents, loadImage, type OpenBundle } from '@registry-cache/bundle';
import type { listReferenceNames, Settings } from '@registry-cache/config';
import { auditFile, formatSize } from '@registry-cache/domain';
import { type ImportTarget, openTarget } from '@registry-cache/intake';
import type { Job } from '@registry-cache/jobs';
import { createAudit } from '@registry-cache/runtime';
import { count } from '../../count.ts';
import { findStoredBlob } from '../../find-stored-blob.ts';
import { pinImage } from '../../pins/pin-image.ts';
import { createProgress } from '../../progress.ts';
import { storeBlobSize } from '../../store-blob-size.ts';
import { warn } from '../../warn.ts';
import { measureRoom, refuseWithoutRoom } from '../room.ts';
import { findInBundleOrStore } from './find-blob.ts';
import { type NamedImage, nameImages } from './name-images.ts';
import { pushHosted } from './push-hosted.ts';
import { type Taken, takeImage } from './take-image.ts';

export interface BundleImportOptions {
  readonly settings: Settings;
  /** The real path of the store. */
  readonly root: string;
  readonly names: ReturnType<typeof listReferenceNames>;
  readonly as: string | undefined;
  readonly isDryRun: boolean;
  /** Makes the folders of these upstreams. */
  readonly prepare: (upstreamIds: readonly string[]) => Promise<void>;
  readonly job: Pick<Job, 'update'>;
  readonly reserve: (bytes: number) => Promise<boolean>;
  /** Of the worker of hosted images. */
  readonly hostedSocket: string;
  readonly signal: AbortSignal;
}

/** The end of an import, for people and as JSON. */
export interface BundleImportSummary {
  readonly bundle: string;
  /** Of the bundle's manifest; undefined for bundles of other tools. */
  readonly digest: string | undefined;
  readonly imported: readonly string[];
  /** Images that were here before, whole. */
  readonly here: readonly string[];
  readonly newBytes: number;
  /** Images of which nothing was taken, and why. */
  readonly refused: readonly { readonly image: string; readonly why: string }[];
  /** Registries that are not served here, with the number of their images. */
  readonly notServed: Readonly<Record<string, number>>;
  /** What the bundle calls images whose names have no registry. */
  readonly nameless: readonly string[];
}

/** Imports the images of a bundle, one after another. */
export async function importBundle(
  { contents, digest }: OpenBundle,
  options: BundleImportOptions,
): Promise<BundleImportSummary> {
  const { root, names, as, settings, signal } = options;
  const { named, notServed, hosted, nameless } = nameImages(contents.images, as, names);
  const plan = await planImport(contents, named, options);
  const room = await measureRoom(root, settings, { isPinning: true });
  refuseWithoutRoom(room, plan.newBytes, 'a bundle with fewer images');
  const imported: string[] = [];
  const here: string[] = [];
  const refused = [...plan.refused];
  let newBytes = 0;
  const settle = (image: string, taken: Taken | { readonly why: string }) => {
    if ('why' in taken) refused.push({ image, why: taken.why });
    else {
      (taken.outcome === 'here' ? here : imported).push(image);
      newBytes += taken.newBytes;
    }
  };
  const summarize = (): BundleImportSummary => ({
    bundle: contents.place,
    digest,
    imported,
    here,
    newBytes,
    refused,
    notServed: Object.fromEntries(notServed),
    nameless,
  });
  const size = `${formatSize(plan.newBytes)} to import`;
  const pushed = hosted.length === 0 ? '' : `, and ${count(hosted.length, 'hosted image')}`;
  process.stderr.write(
    `${contents.place}: ${count(plan.images.length, 'image')}, ${size}${pushed}\n`,
  );
  if (options.isDryRun) return summarize();
  await options.prepare([...new Set(plan.images.map(({ upstreamId }) => upstreamId))]);
  const progress = createProgress('import', plan.newBytes, options.job);
  const rotten = new Set<string>();
  const audit = createAudit(auditFile(root), {
    warn: () => warn('the audit log could not be written'),
  });
  const targets = new Map<string, ImportTarget>();
  const findBlob = findInBundleOrStore(contents, root);
  const sizeHere = (blob: string) => findStoredBlob(root, blob)?.sizeBytes;
  try {
    for (const image of plan.images) {
      signal.throwIfAborted();
      const target = targets.get(image.upstreamId) ?? openTarget(root, image.upstreamId);
      targets.set(image.upstreamId, target);
      // It is read anew: what all images are made of would take much memory.
      const loaded = await loadImage(contents, image.image, sizeHere);
      if ('why' in loaded) {
        refused.push({ image: image.name, why: loaded.why });
        continue;
      }
      const { reserve } = options;
      const take = { findBlob, target, reserve, rotten, onRead: progress.add, signal };
      const taken = await takeImage(image, loaded, take);
      settle(image.name, taken);
      if ('why' in taken) continue;
      const { digest } = image.image;
      await pinImage(root, { ...image, digest }, 'import', audit);
    }
    for (const image of hosted) {
      signal.throwIfAborted();
      const loaded = await loadImage(contents, image.image, sizeHere);
      const push = { findBlob, socket: options.hostedSocket, onRead: progress.add, signal };
      settle(image.name, 'why' in loaded ? loaded : await pushHosted(image, loaded, push));
    }
  } finally {
    progress.clear();
    await audit.flush();
  }
  return summarize();
}

interface Plan {
  readonly images: readonly NamedImage[];
  readonly refused: readonly { readonly image: string; readonly why: string }[];
  /** Of all images, every blob once. */
  readonly newBytes: number;
}

/** Reads all manifests. It reads no layer, and writes nothing. */
async function planImport(
  contents: BundleContents,
  named: readonly NamedImage[],
  { root, signal }: Pick<BundleImportOptions, 'root' | 'signal'>,
): Promise<Plan> {
  const images: NamedImage[] = [];
  const refused: { image: string; why: string }[] = [];
  const counted = new Set<string>();
  let newBytes = 0;
  for (const one of named) {
    signal.throwIfAborted();
    const sizeHere = (blob: string) => findStoredBlob(root, blob)?.sizeBytes;
    const loaded = await loadImage(contents, one.image, sizeHere);
    if ('why' in loaded) {
      refused.push({ image: one.name, why: loaded.why });
      continue;
    }
    images.push(one);
    for (const { digest, sizeBytes } of [...loaded.blobs, ...loaded.manifests]) {
      if (counted.has(digest)) continue;
      counted.add(digest);
      if (storeBlobSize(root, digest) !== sizeBytes) newBytes += sizeBytes;
    }
  }
  return { images, refused, newBytes };
}
