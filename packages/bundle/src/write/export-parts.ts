import { createHash, type Hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { asList, InvalidInputError, parseObject } from '@registry-cache/domain';
import { hasDigest, orMissing } from '@registry-cache/runtime';
import type { BundlePlan } from '../collect/collect-bundle.ts';
import { type BundleManifest, createBundleManifest } from '../layout/bundle-manifest.ts';
import { INDEX_FILE } from '../layout/layout-files.ts';
import {
  BlobLostError,
  type Content,
  damaged,
  type SourceFile,
  streamContent,
  toSourceFile,
} from './content.ts';
import type { ExportResult, ExportRun } from './export-run.ts';
import { isWhole, removeUnfinished, writeWhole } from './folder-writer.ts';
import { readFormerBundle } from './former-bundle.ts';
import { type FileOptions, planFiles } from './plan-files.ts';
import { layOutTar, tarSize } from './tar-layout.ts';
import { writeBundleManifest } from './write-manifest.ts';

type Parts = NonNullable<BundleManifest['parts']>;

/**
 * Makes a bundle in parts: the tar of an OCI image layout, cut. `cat` of the parts is that tar. The
 * list of its files is written first. So an export that was broken off goes on, and a lost part is
 * made again alone, also when tags have moved meanwhile.
 * @throws InvalidInputError for a folder with a whole bundle of other content.
 * @throws BlobLostError for a damaged blob.
 */
export async function exportParts(
  dir: string,
  plan: BundlePlan,
  options: FileOptions & { readonly partBytes: number },
  run: ExportRun,
): Promise<ExportResult> {
  const former = await readFormerBundle(dir, true);
  await mkdir(dir, { recursive: true });
  await removeUnfinished(dir);
  const planned = planManifest(plan, options);
  const manifest = former ?? planned;
  const { parts } = manifest;
  if (parts === undefined) throw new RangeError('the manifest has no parts');
  if (former === undefined) await writeBundleManifest(dir, manifest);
  const isChecked = new Set<string>();
  const content = { blobFile: run.blobFile, texts: new Map(Object.entries(parts.texts)) };
  const counts = { writtenBytes: 0, keptBytes: 0 };
  for (const [index, part] of parts.files.entries()) {
    run.signal.throwIfAborted();
    const path = join(dir, part.name);
    const { digest } = part;
    const tell = (bytes: number) => {
      run.signal.throwIfAborted();
      run.onBytes(bytes);
    };
    if (digest !== undefined && (await isWhole(path, { sizeBytes: part.size, digest }, tell))) {
      counts.keptBytes += part.size;
      continue;
    }
    const start = index * parts.size;
    const pieces = streamPart(manifest, start, start + part.size, content, isChecked);
    const hash = createHash('sha256');
    await writeWhole(path, hashing(pieces, hash), tell);
    const written = `sha256:${hash.digest('hex')}`;
    if (digest !== undefined && digest !== written) {
      throw new RangeError(`${part.name} was made again with other bytes`);
    }
    counts.writtenBytes += part.size;
    part.digest = written;
    // After each part, so that nothing of it is made twice.
    await writeBundleManifest(dir, manifest);
  }
  const isEarlier = former !== undefined && !isSame(former, planned);
  // Nothing was missing, so the operator may have meant another bundle.
  if (isEarlier && counts.writtenBytes === 0) throw refuseOther(dir);
  const digest = await writeBundleManifest(dir, manifest);
  const images = isEarlier ? countImages(parts.texts[INDEX_FILE]) : plan.images.length;
  const leftBlobs = manifest.left.length;
  return { digest, images, isEarlier, leftBlobs, ...counts, lacking: plan.lacking };
}

/** The number of entries in an index of a layout. */
function countImages(index = ''): number {
  return asList(parseObject(Buffer.from(index)).manifests).length;
}

async function* hashing(pieces: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

function planManifest(
  plan: BundlePlan,
  options: FileOptions & { readonly partBytes: number },
): BundleManifest {
  const { files, left, texts } = planFiles(plan, options);
  const totalBytes = tarSize(files.map(toSourceFile));
  const count = Math.ceil(totalBytes / options.partBytes);
  const width = Math.max(4, String(count).length);
  const parts: Parts = {
    size: options.partBytes,
    texts: Object.fromEntries(texts),
    files: Array.from({ length: count }, (_, index) => ({
      name: `part-${String(index + 1).padStart(width, '0')}`,
      size: Math.min(options.partBytes, totalBytes - index * options.partBytes),
    })),
  };
  return createBundleManifest({ files: [...files], left: [...left], parts });
}

function isSame(former: BundleManifest, planned: BundleManifest): boolean {
  return (
    isDeepStrictEqual([former.files, former.left], [planned.files, planned.left]) &&
    former.parts?.size === planned.parts?.size
  );
}

function refuseOther(dir: string): InvalidInputError {
  const found = `${dir}, which has a whole bundle of other images`;
  const accepted = 'a new or empty folder; `--since` makes only what is new since that bundle';
  return new InvalidInputError([{ path: '--out', found, accepted }]);
}

/** The bytes of the tar from `from` to `end`. */
async function* streamPart(
  { files }: BundleManifest,
  from: number,
  end: number,
  content: Content,
  isChecked: Set<string>,
): AsyncGenerator<Buffer> {
  for (const segment of layOutTar(files.map(toSourceFile))) {
    const first = Math.max(0, from - segment.start);
    const last = Math.min(segment.sizeBytes, end - segment.start);
    if (first >= last) continue;
    if (Buffer.isBuffer(segment.content)) {
      yield segment.content.subarray(first, last);
      continue;
    }
    const isCut = last - first < segment.sizeBytes;
    if (isCut) await checkWhole(segment.content, content, isChecked);
    yield* streamContent(content, segment.content, first, last - first);
  }
}

/** A blob that is cut is read whole first: its pieces have no digests. */
async function checkWhole(
  { name, digest }: SourceFile,
  { texts, blobFile }: Content,
  isChecked: Set<string>,
): Promise<void> {
  if (texts.has(name) || isChecked.has(digest)) return;
  const isRight = await orMissing(hasDigest(blobFile(digest), digest));
  if (isRight === undefined) throw new BlobLostError(digest, 'it is not here any more');
  if (!isRight) throw damaged(digest);
  isChecked.add(digest);
}
