import { createHash } from 'node:crypto';
import { MAX_MANIFEST_BYTES, MAX_MANIFEST_PARTS, splitDigest } from '@registry-cache/domain';
import { type CollectedImage, collectImage } from '../collect/collect-image.ts';
import { parseManifest } from '../collect/parse-image.ts';
import type { StoredManifest } from '../collect/read-repository.ts';
import { MAX_IMAGE_MANIFEST_BYTES } from '../limits.ts';
import type { BundleContents, ContentImage } from './contents.ts';

export interface RefusedImage {
  /** What is wrong with the image, for people. */
  readonly why: string;
}

/**
 * Reads what an image is made of. Its manifests are checked here, and its blobs by their sizes only.
 * @param otherSize the size in bytes of a blob that the bundle does not need to have.
 */
export async function loadImage(
  contents: BundleContents,
  image: ContentImage,
  otherSize: (digest: string) => number | undefined = () => undefined,
): Promise<CollectedImage | RefusedImage> {
  const manifests = new Map<string, StoredManifest>();
  let manifestBytes = 0;
  // A Set gives also the digests that are added during the walk.
  const wanted = new Set([image.digest]);
  for (const digest of wanted) {
    // An index has a manifest for each platform.
    if (wanted.size > MAX_MANIFEST_PARTS) {
      return { why: `more than ${MAX_MANIFEST_PARTS} manifests` };
    }
    const read = await readManifest(contents, digest);
    if (typeof read === 'string') return { why: read };
    if (read === undefined) continue;
    manifests.set(digest, read);
    manifestBytes += read.sizeBytes;
    if (manifestBytes > MAX_IMAGE_MANIFEST_BYTES) {
      return { why: `its manifests have more than ${MAX_IMAGE_MANIFEST_BYTES} bytes` };
    }
    for (const child of read.children) wanted.add(child.digest);
  }
  const blobSize = (digest: string) => contents.findBlob(digest)?.sizeBytes ?? otherSize(digest);
  const collected = collectImage({ manifests }, image.digest, { blobSize, isStrict: true });
  if ('lacks' in collected) return { why: `it lacks ${collected.lacks.join(' ')}` };
  const told = image.missingPlatforms;
  // Where the bundle names them, another one that lacks has been lost.
  const lost = collected.missingPlatforms.filter((platform) => told && !told.includes(platform));
  if (lost.length > 0) return { why: `it lacks its manifests of ${lost.join(' ')}` };
  return collected;
}

/** Undefined for a missing one, and a text for one that is wrong. */
async function readManifest(
  contents: BundleContents,
  digest: string,
): Promise<StoredManifest | string | undefined> {
  const blob = contents.findBlob(digest);
  if (blob === undefined) return undefined;
  if (blob.sizeBytes > MAX_MANIFEST_BYTES) {
    return `a manifest of ${blob.sizeBytes} bytes: ${digest}; at most ${MAX_MANIFEST_BYTES} are read`;
  }
  const pieces: Buffer[] = [];
  for await (const piece of blob.stream()) pieces.push(Buffer.from(piece));
  const bytes = Buffer.concat(pieces);
  const { algorithm, hex } = splitDigest(digest);
  if (createHash(algorithm).update(bytes).digest('hex') !== hex) {
    return `the bytes of ${digest} are not its own`;
  }
  const parsed = parseManifest(bytes);
  if (parsed === undefined) return `${digest} is no manifest`;
  return { ...parsed, digest, sizeBytes: bytes.length };
}
