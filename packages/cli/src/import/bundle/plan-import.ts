import { type BundleContents, loadImage } from '@registry-cache/bundle';
import { hostedDir } from '@registry-cache/domain';
import { findStoredBlob } from '../../find-stored-blob.ts';
import { storeBlobSize } from '../../store-blob-size.ts';
import type { HostedImage, NamedImage } from './name-images.ts';

export interface ImportPlan {
  readonly named: readonly NamedImage[];
  readonly hosted: readonly HostedImage[];
  /** Images of which something lacks or is wrong. */
  readonly refused: readonly RefusedImport[];
  /** Of all images of the cache, every blob once. */
  readonly newBytes: number;
  /** Of all hosted images, every blob once. */
  readonly newHostedBytes: number;
}

export interface RefusedImport {
  readonly image: string;
  readonly why: string;
}

/**
 * Reads all manifests. It reads no layer, and writes nothing.
 * @param root the store.
 */
export async function planImport(
  contents: BundleContents,
  images: Pick<ImportPlan, 'named' | 'hosted'>,
  root: string,
  signal: AbortSignal,
): Promise<ImportPlan> {
  const sizeHere = (digest: string) => findStoredBlob(root, digest)?.sizeBytes;
  const plan = async <T extends NamedImage | HostedImage>(all: readonly T[], tree: string) => {
    const good: T[] = [];
    const refused: RefusedImport[] = [];
    const counted = new Set<string>();
    let newBytes = 0;
    for (const one of all) {
      signal.throwIfAborted();
      const loaded = await loadImage(contents, one.image, sizeHere);
      if ('why' in loaded) {
        refused.push({ image: one.name, why: loaded.why });
        continue;
      }
      good.push(one);
      for (const { digest, sizeBytes } of [...loaded.blobs, ...loaded.manifests]) {
        if (counted.has(digest)) continue;
        counted.add(digest);
        if (storeBlobSize(tree, digest) !== sizeBytes) newBytes += sizeBytes;
      }
    }
    return { good, refused, newBytes };
  };
  const named = await plan(images.named, root);
  const hosted = await plan(images.hosted, hostedDir(root));
  return {
    named: named.good,
    hosted: hosted.good,
    refused: [...named.refused, ...hosted.refused],
    newBytes: named.newBytes,
    newHostedBytes: hosted.newBytes,
  };
}
