import type { BundleContents } from '../formats/contents.ts';
import { loadImage } from '../formats/load-image.ts';
import { formatImageName } from '../layout/image-name.ts';
import { matches, type VerifyResult, type VerifyRun } from './verify-run.ts';

/** Checks the images of a bundle of others: each blob that they name. */
export async function verifyContents(
  contents: BundleContents,
  run: VerifyRun,
): Promise<VerifyResult> {
  const problems: string[] = [];
  const outcomes = new Map<string, boolean>();
  let bytes = 0;
  for (const image of contents.images) {
    const label = image.name === undefined ? image.label : formatImageName(image.name);
    const loaded = await loadImage(contents, image);
    if ('why' in loaded) {
      problems.push(`damaged ${label}: ${loaded.why}`);
      continue;
    }
    for (const { digest } of [...loaded.manifests, ...loaded.blobs]) {
      const blob = contents.findBlob(digest);
      if (outcomes.has(digest) || blob === undefined) continue;
      const isRight = await matches(blob.stream(), digest, run);
      outcomes.set(digest, isRight);
      bytes += blob.sizeBytes;
      if (!isRight) problems.push(`damaged ${digest} of ${label}: its bytes are not its own`);
    }
  }
  return { files: outcomes.size, bytes, digest: undefined, problems };
}
