import { isDigest } from '@registry-cache/domain';
import { formatImageName } from '../layout/image-name.ts';
import type { LayoutImage } from '../layout/layout-files.ts';
import {
  type CollectedImage,
  type CollectOptions,
  collectImage,
  findPlatform,
} from './collect-image.ts';
import { listReferrers } from './list-referrers.ts';
import type { StoredManifest, StoredRepository } from './read-repository.ts';

/** What a bundle will have. Its order is that of the requests. */
export interface BundlePlan {
  readonly images: readonly LayoutImage[];
  /** The images with what they are made of, by their digests. */
  readonly collected: ReadonlyMap<string, CollectedImage>;
  readonly manifests: ReadonlyMap<string, { readonly sizeBytes: number }>;
  readonly blobs: ReadonlyMap<string, { readonly sizeBytes: number }>;
  /** Images that are not whole here. */
  readonly lacking: readonly Lacking[];
}

export interface Lacking {
  /** `quay.io/coreos/etcd:v3.5.1` */
  readonly image: string;
  readonly why: string;
}

export interface CollectBundleOptions extends CollectOptions {
  /** Only this platform of each image, and nothing that refers to it. */
  readonly platform?: string | undefined;
}

/** Collects images, with all that refers to them. */
export class BundleCollector {
  readonly #options: CollectBundleOptions;
  readonly #images = new Map<string, LayoutImage>();
  readonly #collected = new Map<string, CollectedImage>();
  readonly #manifests = new Map<string, { readonly sizeBytes: number }>();
  readonly #blobs = new Map<string, { readonly sizeBytes: number }>();
  readonly #lacking = new Map<string, Lacking>();

  constructor(options: CollectBundleOptions) {
    this.#options = options;
  }

  /** @param references tags and digests. */
  add(repository: StoredRepository, references: Iterable<string>): void {
    const referrers = listReferrers(repository);
    // A Set gives also the references that are added during the walk.
    const wanted = new Set(references);
    for (const reference of wanted) {
      const image = this.#addImage(repository, reference);
      if (image === undefined || this.#options.platform !== undefined) continue;
      for (const { digest } of image.manifests) {
        for (const referrer of referrers.of(digest)) wanted.add(referrer);
      }
    }
  }

  #addImage(repository: StoredRepository, reference: string): CollectedImage | undefined {
    const full = formatImageName({ name: repository.name, reference });
    const digest = isDigest(reference) ? reference : repository.tags.get(reference);
    if (digest === undefined) return this.#lack(full, 'it is not here');
    const { platform } = this.#options;
    const own = platform === undefined ? digest : findPlatform(repository, digest, platform);
    if (own === undefined) return this.#lack(full, `it has no ${platform}`);
    const image = collectImage(repository, own, this.#options);
    if ('lacks' in image) return this.#lack(full, describeLack(own, image.lacks));
    this.#images.set(full, toLayoutImage(repository.name, reference, image));
    this.#collected.set(image.root.digest, image);
    for (const { digest: manifest, sizeBytes } of image.manifests) {
      this.#manifests.set(manifest, { sizeBytes });
    }
    for (const { digest: blob, sizeBytes } of image.blobs) this.#blobs.set(blob, { sizeBytes });
    return image;
  }

  #lack(image: string, why: string): undefined {
    this.#lacking.set(image, { image, why });
  }

  result(): BundlePlan {
    return {
      images: [...this.#images.values()],
      collected: this.#collected,
      manifests: this.#manifests,
      blobs: this.#blobs,
      lacking: [...this.#lacking.values()],
    };
  }
}

/**
 * The references by which everything of a repository is asked for: all tags, and the manifests that
 * nothing leads to.
 */
export function allReferences({ tags, manifests }: StoredRepository): string[] {
  const named = new Set(tags.values());
  for (const { children } of manifests.values()) {
    for (const { digest } of children) named.add(digest);
  }
  const rest = [...manifests.keys()].filter((digest) => !named.has(digest));
  return [...tags.keys(), ...rest];
}

function toLayoutImage(
  name: string,
  reference: string,
  { root, missingPlatforms }: CollectedImage,
): LayoutImage {
  const { digest, mediaType, sizeBytes } = root;
  const artifactType = artifactTypeOf(root);
  return { name, reference, digest, mediaType, sizeBytes, artifactType, missingPlatforms };
}

/** Only of what refers to another manifest: its reader looks for it in the list. */
function artifactTypeOf({ subject, artifactType }: StoredManifest): string | undefined {
  return subject === undefined ? undefined : artifactType;
}

function describeLack(digest: string, lacks: readonly string[]): string {
  if (lacks.length === 1 && lacks[0] === digest) return 'its manifest is not here';
  const [first, second, ...rest] = lacks;
  const more = rest.length > 0 ? ` and ${rest.length} more` : '';
  return `not here: ${[first, second].filter(Boolean).join(' ')}${more}`;
}
