import { rm, utimes } from 'node:fs/promises';
import type { CollectedImage } from '@registry-cache/bundle';
import { isDigest } from '@registry-cache/domain';
import type { ImportTarget } from '@registry-cache/intake';
import type { FindBlob } from './find-blob.ts';
import type { NamedImage } from './name-images.ts';
import { stageBlob } from './stage-blob.ts';

export interface TakeOptions {
  readonly findBlob: FindBlob;
  readonly target: ImportTarget;
  /** Asks for room in the store for one blob. */
  readonly reserve: (bytes: number) => Promise<boolean>;
  /** Digests whose bytes are wrong. */
  readonly rotten: Set<string>;
  readonly onRead: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export type Taken =
  | { readonly outcome: 'imported' | 'here'; readonly newBytes: number }
  | { readonly outcome: 'refused' | 'no-room'; readonly why: string };

/** The cleaner removes a file that has not grown for ten minutes. */
const TOUCH_EVERY_MS = 60_000;

/**
 * Takes an image, whole or not at all. First all its blobs come into files of their own, checked.
 * Then they become blobs, layers before manifests, and each manifest behind those that it names. The
 * tag comes last. So whatever ends it, clients see the whole image or none of it.
 */
export async function takeImage(
  named: NamedImage,
  { manifests, blobs }: Pick<CollectedImage, 'manifests' | 'blobs'>,
  options: TakeOptions,
): Promise<Taken> {
  const staged = new Map<string, string>();
  const touching = setInterval(() => void touchAll(staged), TOUCH_EVERY_MS);
  try {
    const all: readonly Part[] = [...blobs, ...manifests];
    // What was here may be evicted while the rest comes in, so it is looked for once more.
    for (let before = -1; before < staged.size; ) {
      before = staged.size;
      for (const { digest, sizeBytes } of all) {
        const problem = await stage(digest, sizeBytes, staged, options);
        if (problem !== undefined) return problem;
      }
    }
    const newBytes = sumBytes(all, staged);
    const isNew = await show(named, { manifests, blobs }, staged, options.target);
    return { outcome: isNew ? 'imported' : 'here', newBytes };
  } finally {
    clearInterval(touching);
    await Promise.all([...staged.values()].map((file) => rm(file, { force: true })));
  }
}

interface Part {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Each blob once. */
function sumBytes(all: readonly Part[], staged: ReadonlyMap<string, string>): number {
  const sizes = new Map(all.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
  return [...staged.keys()].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
}

/** Undefined for a blob that is here, or in a file now. */
async function stage(
  digest: string,
  sizeBytes: number,
  staged: Map<string, string>,
  { findBlob, target, reserve, rotten, onRead, signal }: TakeOptions,
): Promise<Extract<Taken, { why: string }> | undefined> {
  signal.throwIfAborted();
  if (staged.has(digest)) return undefined;
  if ((await target.blobSize(digest)) === sizeBytes) {
    // The cleaner must not take it for old while the rest comes in.
    await target.renewBlob(digest);
    return undefined;
  }
  const blob = findBlob(digest);
  if (blob === undefined) return { outcome: 'refused', why: `it lacks ${digest}` };
  const wrong = `the bytes of ${digest} are not its own`;
  if (rotten.has(digest)) return { outcome: 'refused', why: wrong };
  if (!(await reserve(sizeBytes))) {
    return { outcome: 'no-room', why: `no room for ${sizeBytes} bytes` };
  }
  const file = target.temporaryFile();
  staged.set(digest, file);
  const isRight = await stageBlob(blob, digest, file, (bytes) => {
    signal.throwIfAborted();
    onRead(bytes);
  });
  if (isRight) return undefined;
  rotten.add(digest);
  return { outcome: 'refused', why: wrong };
}

/** @returns whether anything of the image is new here. */
async function show(
  { repository, reference, image }: NamedImage,
  { manifests, blobs }: Pick<CollectedImage, 'manifests' | 'blobs'>,
  staged: ReadonlyMap<string, string>,
  target: ImportTarget,
): Promise<boolean> {
  const nowMs = Date.now();
  let isNew = staged.size > 0;
  for (const { digest } of blobs) {
    await storeOne(digest, staged, target, nowMs);
    await target.linkLayer(repository, digest);
  }
  for (const { digest } of manifests) {
    await storeOne(digest, staged, target, nowMs);
    if (await target.hasManifest(repository, digest)) continue;
    await target.linkManifest(repository, digest);
    isNew = true;
  }
  if (isDigest(reference)) return isNew;
  const tag = { tag: reference, digest: image.digest, writtenAtMs: nowMs };
  // The operator wants this image, whatever the tag was before.
  return (await target.writeTag(repository, tag)) || isNew;
}

async function storeOne(
  digest: string,
  staged: ReadonlyMap<string, string>,
  target: ImportTarget,
  nowMs: number,
): Promise<void> {
  const file = staged.get(digest);
  if (file !== undefined) await target.storeBlob(digest, file, nowMs);
}

async function touchAll(staged: ReadonlyMap<string, string>): Promise<void> {
  const now = new Date();
  for (const file of staged.values()) await utimes(file, now, now).catch(() => undefined);
}
