import type { ParsedBlob } from './parse-image.ts';
import type { StoredManifest, StoredRepository } from './read-repository.ts';

/** What an image is made of here. */
export interface CollectedImage {
  readonly root: StoredManifest;
  /** Each behind those that it names. */
  readonly manifests: readonly StoredManifest[];
  readonly blobs: readonly ParsedBlob[];
  /** Platforms of an index that are not here. */
  readonly missingPlatforms: readonly string[];
}

/** An image that is not whole here, and what it lacks: digests. */
export interface LackingImage {
  readonly lacks: readonly string[];
}

export interface CollectOptions {
  /** The size in bytes of a blob that is here. */
  readonly blobSize: (digest: string) => number | undefined;
  /**
   * Whether a platform whose manifest is here needs its blobs too. A store fetches manifests ahead of
   * their layers; a bundle does not.
   */
  readonly isStrict?: boolean;
}

/**
 * Collects an image. A manifest needs its config and its layers. An index needs one of its platforms
 * at least, and stays as it is.
 */
export function collectImage(
  { manifests }: Pick<StoredRepository, 'manifests'>,
  digest: string,
  options: CollectOptions,
): CollectedImage | LackingImage {
  const root = manifests.get(digest);
  if (root === undefined) return { lacks: [digest] };
  if (root.children.length > 0) return collectIndex({ manifests }, root, options);
  const lacking = root.blobs.filter(
    ({ digest: blob, sizeBytes }) => options.blobSize(blob) !== sizeBytes,
  );
  const lacks = lacking.filter(({ isOptional }) => !isOptional).map((blob) => blob.digest);
  if (lacks.length > 0) return { lacks };
  const blobs = root.blobs.filter((blob) => !lacking.includes(blob));
  return { root, manifests: [root], blobs, missingPlatforms: [] };
}

function collectIndex(
  repository: Pick<StoredRepository, 'manifests'>,
  root: StoredManifest,
  options: CollectOptions,
): CollectedImage | LackingImage {
  const manifests = new Map<string, StoredManifest>();
  const blobs = new Map<string, ParsedBlob>();
  const missingPlatforms: string[] = [];
  const lacks: string[] = [];
  let images = 0;
  for (const { digest, platform } of root.children) {
    // An index in itself cannot be: it would have to know its own digest.
    const child = collectImage(repository, digest, options);
    if ('lacks' in child) {
      if (options.isStrict && repository.manifests.has(digest)) return child;
      lacks.push(...child.lacks);
      if (!isAttestation(platform)) missingPlatforms.push(platform);
      continue;
    }
    if (!isAttestation(platform)) images += 1;
    for (const manifest of child.manifests) manifests.set(manifest.digest, manifest);
    for (const blob of child.blobs) blobs.set(blob.digest, blob);
    missingPlatforms.push(...child.missingPlatforms);
  }
  // An index of unknown platforms only, such as one of artifacts.
  if (images === 0 && (missingPlatforms.length > 0 || manifests.size === 0)) return { lacks };
  manifests.set(root.digest, root);
  return {
    root,
    manifests: [...manifests.values()],
    blobs: [...blobs.values()],
    missingPlatforms: [...new Set(missingPlatforms)],
  };
}

/** Build tools give this platform to their attestations beside an image. */
function isAttestation(platform: string): boolean {
  return platform === 'unknown/unknown';
}

/** The manifest of one platform; the digest itself where it is no index. */
export function findPlatform(
  { manifests }: Pick<StoredRepository, 'manifests'>,
  digest: string,
  platform: string,
): string | undefined {
  const root = manifests.get(digest);
  if (root === undefined || root.children.length === 0) return digest;
  // `linux/arm64` is `linux/arm64/v8` as well.
  const found =
    root.children.find((child) => child.platform === platform) ??
    root.children.find((child) => child.platform.startsWith(`${platform}/`));
  return found?.digest;
}
