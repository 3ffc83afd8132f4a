import { isDigest } from '@registry-cache/domain';
import type { CollectedImage } from '../collect/collect-image.ts';
import { formatImageName } from '../layout/image-name.ts';
import { blobName, type LayoutImage } from '../layout/layout-files.ts';

/**
 * The `manifest.json` that `docker load` and `podman load` read. Layers may be compressed. Source:
 * Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
 */
export function formatDockerManifest(
  images: readonly LayoutImage[],
  collected: ReadonlyMap<string, CollectedImage>,
): string {
  const namesOf = Map.groupBy(images, ({ digest }) => digest);
  const entries = [...namesOf].flatMap(([digest, named]) => {
    const [config, ...layers] = (collected.get(digest)?.root.blobs ?? []).map((blob) =>
      blobName(blob.digest),
    );
    if (config === undefined) return [];
    // docker takes no digest as a name.
    const tags = named.filter(({ reference }) => !isDigest(reference)).map(formatImageName);
    return [{ Config: config, RepoTags: tags, Layers: layers }];
  });
  return `${JSON.stringify(entries, undefined, 1)}\n`;
}
