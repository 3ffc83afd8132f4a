import {
  type BundleContents,
  type ContentImage,
  loadImage,
  type OpenBundle,
  type RefusedImage,
} from '@registry-cache/bundle';
import type { listReferenceNames, Settings } from '@registry-cache/config';
import { auditFile, formatSize } from '@registry-cache/domain';
import { type ImportTarget, openTarget } from '@registry-cache/intake';
import type { Job } from '@registry-cache/jobs';
import { pinImage } from '@registry-cache/pins';
import { createAudit } from '@registry-cache/runtime';
import { count } from '../../count.ts';
import { findStoredBlob } from '../../find-stored-blob.ts';
import { createProgress } from '../../progress.ts';
import { warn } from '../../warn.ts';
import { measureRoom, refuseWithoutRoom } from '../room.ts';
import { findInBundleOrStore } from './find-blob.ts';
import { nameImages } from './name-images.ts';
import { type ImportPlan, planImport, type RefusedImport } from './plan-import.ts';
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
  /** In a dry run alone: the images that would be imported, those that are here among them. */
  readonly toImport?: readonly string[] | undefined;
  /** Images that were here before, whole. */
  readonly here: readonly string[];
  readonly newBytes: number;
  /** Images of which nothing was taken, and why. */
  readonly refused: readonly RefusedImport[];
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
  const { notServed, nameless, ...images } = nameImages(contents.images, as, names);
  const plan = await planImport(contents, images, root, signal);
  const room = await measureRoom(root, settings, { isPinning: true });
  refuseWithoutRoom(room, plan.newBytes, 'a bundle with fewer images');
  const outcome: Outcome = { imported: [], here: [], newBytes: 0, refused: [...plan.refused] };
  const left = { notServed: Object.fromEntries(notServed), nameless };
  if (options.isDryRun) {
    const toImport = [...plan.named, ...plan.hosted].map(({ name }) => name);
    const newBytes = totalsOf(plan).totalBytes;
    return { bundle: contents.place, digest, ...outcome, toImport, newBytes, ...left };
  }
  process.stderr.write(`${contents.place}: ${describe(plan)}\n`);
  await importPlanned(contents, plan, outcome, options);
  return { bundle: contents.place, digest, ...outcome, ...left };
}

/** What has become of the images so far. */
interface Outcome {
  readonly imported: string[];
  readonly here: string[];
  readonly refused: RefusedImport[];
  newBytes: number;
}

async function importPlanned(
  contents: BundleContents,
  plan: ImportPlan,
  outcome: Outcome,
  { root, prepare, job, reserve, hostedSocket, signal }: BundleImportOptions,
): Promise<void> {
  await prepare([...new Set(plan.named.map(({ upstreamId }) => upstreamId))]);
  const progress = createProgress({ work: 'import', job, totals: totalsOf(plan) });
  const audit = createAudit(auditFile(root), {
    warn: () => warn('the audit log could not be written'),
  });
  const targets = new Map<string, ImportTarget>();
  const shared = {
    findBlob: findInBundleOrStore(contents, root),
    rotten: new Set<string>(),
    onRead: progress.add,
    signal,
  };
  // It is read anew: what all images are made of would take much memory.
  const load = (image: ContentImage) => {
    signal.throwIfAborted();
    return loadImage(contents, image, (blob) => findStoredBlob(root, blob)?.sizeBytes);
  };
  const settle = (image: string, taken: Taken | RefusedImage) => {
    settleOne(outcome, image, taken);
    const { imported, here, refused } = outcome;
    const failedImages = refused.length - plan.refused.length;
    progress.tell({ doneImages: imported.length + here.length, failedImages });
  };
  try {
    for (const image of plan.named) {
      const loaded = await load(image.image);
      const target = targets.get(image.upstreamId) ?? openTarget(root, image.upstreamId);
      targets.set(image.upstreamId, target);
      const taken =
        'why' in loaded ? loaded : await takeImage(image, loaded, { ...shared, target, reserve });
      if (!('why' in taken)) {
        await pinImage(root, { ...image, digest: image.image.digest }, 'import', audit);
      }
      settle(image.name, taken);
    }
    for (const image of plan.hosted) {
      const loaded = await load(image.image);
      const push = { ...shared, socket: hostedSocket };
      settle(image.name, 'why' in loaded ? loaded : await pushHosted(image, loaded, push));
    }
  } finally {
    progress.clear();
    await audit.flush();
  }
}

function settleOne(outcome: Outcome, image: string, taken: Taken | RefusedImage): void {
  if ('why' in taken) {
    outcome.refused.push({ image, why: taken.why });
    return;
  }
  (taken.outcome === 'here' ? outcome.here : outcome.imported).push(image);
  outcome.newBytes += taken.newBytes;
}

function totalsOf({ named, hosted, newBytes, newHostedBytes }: ImportPlan) {
  return { totalBytes: newBytes + newHostedBytes, totalImages: named.length + hosted.length };
}

function describe(plan: ImportPlan): string {
  const { totalBytes, totalImages } = totalsOf(plan);
  const hosted = plan.hosted.length === 0 ? '' : `, ${plan.hosted.length} of them hosted`;
  return `${count(totalImages, 'image')}${hosted}, ${formatSize(totalBytes)} to import`;
}
