import { blobFile, MAX_MANIFEST_BYTES } from '@registry-cache/domain';
import { type BoundedMap, createBoundedMap, readQuietly } from '@registry-cache/runtime';
import { parseManifestChildren } from '../parse/parse-manifest.ts';

const MAX_REMEMBERED = 4096;
const NONE: readonly string[] = [];

/**
 * Knows the children of the manifests that were served last. The content of a digest never changes.
 */
export class ManifestChildren {
  readonly #root: string;
  readonly #byDigest: BoundedMap<string, readonly string[]>;

  constructor(root: string, maxRemembered = MAX_REMEMBERED) {
    this.#root = root;
    this.#byDigest = createBoundedMap(maxRemembered);
  }

  /**
   * The children of a manifest; none for other content and for a manifest that is not in the store.
   */
  of(digest: string): readonly string[] {
    const known = this.#byDigest.get(digest);
    if (known !== undefined) return known;
    const children = this.#read(digest);
    if (children === undefined) return NONE;
    this.#byDigest.set(digest, children);
    return children;
  }

  #read(digest: string): readonly string[] | undefined {
    const text = readManifest(blobFile(this.#root, digest));
    return text === undefined ? undefined : parseManifestChildren(text);
  }
}

function readManifest(file: string): string | undefined {
  try {
    return readQuietly(file, MAX_MANIFEST_BYTES).toString('utf8');
  } catch {
    return undefined;
  }
}
