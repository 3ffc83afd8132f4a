import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { blobFile } from '@registry-cache/domain';
import { type BoundedMap, createBoundedMap } from '@registry-cache/runtime';
import { parseManifestChildren } from '../parse/parse-manifest.ts';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_REMEMBERED = 4096;
const NONE: readonly string[] = [];

/** Knows the children of the manifests that were served last; content never changes. */
export class ManifestChildren {
  readonly #root: string;
  readonly #byDigest: BoundedMap<string, readonly string[]>;

  constructor(root: string, maxRemembered = MAX_REMEMBERED) {
    this.#root = root;
    this.#byDigest = createBoundedMap(maxRemembered);
  }

  /** None for what is not a manifest, and for one that is not in the store (any more). */
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
  let descriptor: number | undefined;
  try {
    descriptor = openQuietly(file);
    if (fstatSync(descriptor).size > MAX_MANIFEST_BYTES) return '';
    return readFileSync(descriptor, 'utf8');
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Our own reading is no use of the manifest; only its owner may ask for that. */
function openQuietly(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOATIME);
  } catch {
    return openSync(file, constants.O_RDONLY);
  }
}
